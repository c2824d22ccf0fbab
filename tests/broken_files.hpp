// Breaking model files in one place, and what must become of them: an Error of one line that names the file and the
// field, and nothing else.
#pragma once

#include <atrous/error.hpp>
#include <functional>
#include <random>
#include <string>
#include <vector>

#include "catch.hpp"
#include "model_files.hpp"

namespace atrous::test {

// What a file is refused with; empty where it loads. Any exception but Error escapes and fails the test.
inline std::string refusal(const std::string& content, const std::string& name) {
  try {
    parse(content, name);
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

inline void check_refused(const std::string& content, const std::string& name, const std::string& field) {
  const std::string message = refusal(content, name);
  CHECK_THAT(message, ContainsSubstring(name));
  CHECK_THAT(message, ContainsSubstring(field));
  CHECK(message.find('\n') == std::string::npos);
  CHECK(message.size() < 400);
}

// A change by JSON pointer: `value` is put there; "remove" as value takes the key away.
struct Case {
  const char* pointer;
  Json value;
  const char* field;
};

inline const Json removed = "remove";

inline void apply(Json& document, const Case& change) {
  const Json::json_pointer pointer(change.pointer);
  if (change.value == removed) {
    document[pointer.parent_pointer()].erase(pointer.back());
  } else {
    document[pointer] = change.value;
  }
}

inline Json nested(int depth) {
  Json value = 1;
  for (int i = 0; i < depth; ++i) value = Json::array({value});
  return value;
}

template <class Make>
void check_cases(const std::vector<Case>& cases, const std::string& name, const Make& make) {
  for (const Case& change : cases) {
    INFO(change.pointer << " becomes " << change.value.dump());
    check_refused(make(change), name, change.field);
  }
}

// Every way in which one value of a document can be wrong. The result may load or be refused, nothing else.
inline void check_every_value(const Json& document, const std::string& name,
                              const std::function<std::string(Json)>& bytes) {
  const Json wrong[] = {nullptr,
                        true,
                        -1,
                        0,
                        16.5,
                        1000000000,
                        9223372036854775807,
                        1e300,
                        "x",
                        "16",
                        Json::array(),
                        Json::object(),
                        nested(10),
                        Json::array({1, 2, 3})};
  const Json flat = document.flatten();
  std::size_t weights = 0;
  for (const auto& item : flat.items()) {
    const bool is_weight = item.key().find("/weights/") == 0 || item.key().find("/data/") != std::string::npos;
    if (is_weight && ++weights > 5) continue;
    for (const Json& value : wrong) {
      INFO(item.key() << " becomes " << value.dump());
      Json changed = document;
      changed[Json::json_pointer(item.key())] = value;
      const std::string message = refusal(bytes(changed), name);
      if (!message.empty()) CHECK_THAT(message, ContainsSubstring(name));
      CHECK(message.find('\n') == std::string::npos);
    }
  }
}

inline void check_truncations(const std::string& content, const std::string& name) {
  for (std::size_t size = 0; size < content.size(); size += 1 + size / 100) {
    INFO("cut to " << size << " of " << content.size() << " bytes");
    CHECK_THAT(refusal(content.substr(0, size), name), ContainsSubstring(name));
  }
}

// Random bytes anywhere: the file may load or be refused, nothing else.
inline void check_noise(const std::string& content, const std::string& name, Random& random) {
  int refused = 0;
  for (int round = 0; round < 300; ++round) {
    std::string noisy = content;
    const std::size_t place = std::uniform_int_distribution<std::size_t>(0, content.size() - 1)(random);
    noisy[place] = char(std::uniform_int_distribution<int>(0, 255)(random));
    INFO("byte " << place << " of " << content.size());
    const std::string message = refusal(noisy, name);
    refused += message.empty() ? 0 : 1;
    if (!message.empty()) CHECK_THAT(message, ContainsSubstring(name));
    CHECK(message.find('\n') == std::string::npos);
  }
  CHECK(refused > 0);
}

}  // namespace atrous::test
