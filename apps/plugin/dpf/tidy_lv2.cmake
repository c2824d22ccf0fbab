# Mends what the framework's generator writes about an LV2 bundle: presets are settings, and must not touch files or
# bypass; and the ontologies of MOD and KXStudio are on no other system. Run as: cmake -D BUNDLE=<folder> -D NAME=<binary> -P …
cmake_minimum_required(VERSION 3.25)

file(READ ${BUNDLE}/presets.ttl text)
string(REGEX REPLACE "    state:state [[][^]]*[]] ;\n\n?" "" text "${text}")
string(REGEX REPLACE "<urn:distrho:[a-z_]+>\n    a owl:[^.]*\\.\n\n" "" text "${text}")
string(REGEX REPLACE "[[]\n        lv2:symbol \"lv2_enabled\" ;\n[^]]*[]] ,\n    " "" text "${text}")
string(REGEX REPLACE "@prefix (owl|state|xsd|rdfs):[^\n]*\n" "" text "${text}")
file(WRITE ${BUNDLE}/presets.ttl "${text}")

foreach(file ${NAME}.ttl manifest.ttl)
  file(READ ${BUNDLE}/${file} text)
  string(REGEX REPLACE "\n[^\n]*mod:[^\n]*" "" text "${text}")
  string(REGEX REPLACE " ,\n *<http://kxstudio[^>]*>" "" text "${text}")
  file(WRITE ${BUNDLE}/${file} "${text}")
endforeach()
