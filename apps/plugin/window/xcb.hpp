// The little of X that drag and drop needs on both of its sides, over XCB: there an error, such as that of a window
// that is gone, ends no program.
#pragma once

#include <xcb/xcb.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>

namespace plugin::xcb {

struct Release {
  void operator()(void* memory) const noexcept { std::free(memory); }
};
// A reply, or an event; null where there is none.
template <class T>
using Reply = std::unique_ptr<T, Release>;

inline xcb_atom_t atom(xcb_connection_t* connection, const char* name) {
  const auto asked = xcb_intern_atom(connection, 0, std::uint16_t(std::strlen(name)), name);
  const Reply<xcb_intern_atom_reply_t> reply(xcb_intern_atom_reply(connection, asked, nullptr));
  return reply ? reply->atom : static_cast<xcb_atom_t>(XCB_ATOM_NONE);
}

// A message of that type, named as an atom, to a window.
inline void send(xcb_connection_t* connection, xcb_window_t to, const char* type,
                 const std::array<std::uint32_t, 5>& data) {
  xcb_client_message_event_t event{};
  event.response_type = XCB_CLIENT_MESSAGE;
  event.format = 32;
  event.window = to;
  event.type = atom(connection, type);
  std::copy(data.begin(), data.end(), event.data.data32);
  xcb_send_event(connection, 0, to, XCB_EVENT_MASK_NO_EVENT, reinterpret_cast<const char*>(&event));
  xcb_flush(connection);
}

}  // namespace plugin::xcb
