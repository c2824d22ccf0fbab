// What the DISTRHO Plugin Framework is to build. ATROUS_CHANNELS, 1 or 2, makes the two plugins.
#pragma once

#define DISTRHO_PLUGIN_BRAND "Atrous"
#define DISTRHO_PLUGIN_BRAND_ID Atrs

#if ATROUS_CHANNELS == 1
#define DISTRHO_PLUGIN_NAME "Atrous Mono"
#define DISTRHO_PLUGIN_URI "urn:atrous:effect:mono"
#define DISTRHO_PLUGIN_CLAP_ID "atrous.effect.mono"
#define DISTRHO_PLUGIN_CLAP_FEATURES "audio-effect", "distortion", "mono"
#define DISTRHO_PLUGIN_VST3_CATEGORIES "Fx|Distortion|Mono"
#define DISTRHO_PLUGIN_UNIQUE_ID AtrM
#else
#define DISTRHO_PLUGIN_NAME "Atrous Stereo"
#define DISTRHO_PLUGIN_URI "urn:atrous:effect:stereo"
#define DISTRHO_PLUGIN_CLAP_ID "atrous.effect.stereo"
#define DISTRHO_PLUGIN_CLAP_FEATURES "audio-effect", "distortion", "stereo"
#define DISTRHO_PLUGIN_VST3_CATEGORIES "Fx|Distortion|Stereo"
#define DISTRHO_PLUGIN_UNIQUE_ID AtrS
#endif
#define DISTRHO_PLUGIN_LV2_CATEGORY "lv2:SimulatorPlugin"

#define DISTRHO_PLUGIN_NUM_INPUTS ATROUS_CHANNELS
#define DISTRHO_PLUGIN_NUM_OUTPUTS ATROUS_CHANNELS
#define DISTRHO_PLUGIN_IS_RT_SAFE 1
#define DISTRHO_PLUGIN_WANT_LATENCY 1
#define DISTRHO_PLUGIN_WANT_STATE 1
#define DISTRHO_PLUGIN_WANT_FULL_STATE 1
#define DISTRHO_PLUGIN_WANT_PROGRAMS 1
#define DISTRHO_PLUGIN_WANT_DIRECT_ACCESS 1       // the window reads what there is to say about files
#define DISTRHO_PLUGIN_MINIMUM_BUFFER_SIZE 32768  // of LV2's atom ports: paths are long

#define DISTRHO_PLUGIN_HAS_UI 1
#define DISTRHO_UI_USE_NANOVG 1
#define DISTRHO_UI_USER_RESIZABLE 1
#define DISTRHO_UI_DEFAULT_WIDTH 760
#define DISTRHO_UI_DEFAULT_HEIGHT 544
