/* The version of these headers, in C and in C++. The one place where it stands: CMakeLists.txt reads it here. */
#pragma once

/* From 1 on, grows where a program may have to change. */
#define ATROUS_VERSION_MAJOR 0
/* Grows with what is added; before 1.0, where a program may have to change. */
#define ATROUS_VERSION_MINOR 1
/* Grows with what is mended. */
#define ATROUS_VERSION_PATCH 0

/* "1.2.3" of three numbers. */
#define ATROUS_VERSION_TEXT_OF(major, minor, patch) #major "." #minor "." #patch
/* The same of macros. */
#define ATROUS_VERSION_TEXT(major, minor, patch) ATROUS_VERSION_TEXT_OF(major, minor, patch)
/* "0.1.0" */
#define ATROUS_VERSION ATROUS_VERSION_TEXT(ATROUS_VERSION_MAJOR, ATROUS_VERSION_MINOR, ATROUS_VERSION_PATCH)
/* One number that grows with the version, for the preprocessor: 100 for 0.1.0, 10203 for 1.2.3. */
#define ATROUS_VERSION_NUMBER (ATROUS_VERSION_MAJOR * 10000 + ATROUS_VERSION_MINOR * 100 + ATROUS_VERSION_PATCH)
