# The rooms, from the ground up: what each links, and into which rooms its arrows go (scripts/check_arrows.py
# holds the includes against the same table in ARCHITECTURE.md).
oidor_room(base LINKS OpenSSL::Crypto Boost::json)
oidor_room(domain ROOMS base)
oidor_room(config ROOMS base LINKS PkgConfig::TOMLPP)
oidor_room(telemetry ROOMS base)
oidor_room(net ROOMS base config telemetry LINKS CURL::libcurl OpenSSL::SSL)
oidor_room(store ROOMS base domain config telemetry LINKS SQLite::SQLite3 PkgConfig::ZSTD)
oidor_room(blobs ROOMS base domain config telemetry)
oidor_room(connectors ROOMS base domain config telemetry net)
oidor_room(audio ROOMS base domain config telemetry)
oidor_room(speech ROOMS base domain config telemetry net)
oidor_room(audit ROOMS base domain config telemetry LINKS PkgConfig::TOMLPP ${RE2_LIBRARY})
oidor_room(jobs ROOMS base domain config telemetry store)
oidor_room(access ROOMS base domain config telemetry store LINKS PkgConfig::SODIUM)
oidor_room(pipeline ROOMS base domain config telemetry net store blobs jobs connectors audio speech audit
           LINKS ${DATE_TZ_LIBRARY})
oidor_room(server ROOMS pipeline access)
oidor_room(cli ROOMS pipeline access server)

# The confined children: programs of their own, left beside `oidor`.
add_library(oidor_confinement STATIC ${CMAKE_SOURCE_DIR}/src/base/child/confinement.cpp)
target_include_directories(oidor_confinement PUBLIC ${CMAKE_SOURCE_DIR}/src)
target_link_libraries(oidor_confinement PUBLIC PkgConfig::SECCOMP)
oidor_child(oidor-decode audio/decode/child LINKS oidor_confinement PkgConfig::FFMPEG)
if(TARGET oidor_audio_test)
  add_dependencies(oidor_audio_test oidor-decode)
endif()
