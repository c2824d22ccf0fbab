/* Which names a shared library shows: those marked with ATROUS_API, in C and in C++, but for those in types that are
 * marked with ATROUS_LOCAL. */
#pragma once

/* ATROUS_BUILDS_DLL is defined where a DLL is built, ATROUS_USES_DLL where one is used; elsewhere neither is needed. */
#if defined(_WIN32) && defined(ATROUS_BUILDS_DLL)
#define ATROUS_API __declspec(dllexport)
#elif defined(_WIN32) && defined(ATROUS_USES_DLL)
#define ATROUS_API __declspec(dllimport)
#elif defined(_WIN32)
#define ATROUS_API
#else
#define ATROUS_API __attribute__((visibility("default")))
#endif

/* A type of the library's own inside one that is shown. */
#if defined(_WIN32)
#define ATROUS_LOCAL
#else
#define ATROUS_LOCAL __attribute__((visibility("hidden")))
#endif
