// drop_file URI X Y: drops a file onto the first window that takes drops, at that place in it, as a file manager would
// (XDND). Fails where it is not taken.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "window/xcb.hpp"

namespace {

using plugin::xcb::Reply;

xcb_connection_t* connection;

xcb_atom_t atom(const char* name) {
  return plugin::xcb::atom(connection, name);
}

bool takes_drops(xcb_window_t window) {
  const auto asked = xcb_get_property(connection, 0, window, atom("XdndAware"), XCB_ATOM_ATOM, 0, 1);
  const Reply<xcb_get_property_reply_t> reply(xcb_get_property_reply(connection, asked, nullptr));
  return reply && xcb_get_property_value_length(reply.get()) > 0;
}

// 0 where there is none.
xcb_window_t find_target(xcb_window_t window) {
  if (takes_drops(window)) return window;
  const Reply<xcb_query_tree_reply_t> tree(
      xcb_query_tree_reply(connection, xcb_query_tree(connection, window), nullptr));
  xcb_window_t target = 0;
  for (int i = 0; tree && i < xcb_query_tree_children_length(tree.get()) && target == 0; ++i) {
    target = find_target(xcb_query_tree_children(tree.get())[i]);
  }
  return target;
}

struct Source {
  xcb_window_t window, target;

  void send(const char* type, std::uint32_t first, std::uint32_t second, std::uint32_t last) const {
    plugin::xcb::send(connection, target, type, {window, first, second, 0, last});
  }

  void give(const xcb_selection_request_event_t& asked, const std::string& uris) const {
    xcb_change_property(connection, XCB_PROP_MODE_REPLACE, asked.requestor, asked.property, asked.target, 8,
                        std::uint32_t(uris.size()), uris.data());
    xcb_selection_notify_event_t event{};
    event.response_type = XCB_SELECTION_NOTIFY;
    event.requestor = asked.requestor;
    event.selection = asked.selection;
    event.target = asked.target;
    event.property = asked.property;
    xcb_send_event(connection, 0, asked.requestor, XCB_EVENT_MASK_NO_EVENT, reinterpret_cast<const char*>(&event));
    xcb_flush(connection);
  }
};

// Answers the target until it is done with the file.
bool drop(const Source& source, const std::string& uris) {
  bool dropped = false;
  while (const Reply<xcb_generic_event_t> event{xcb_wait_for_event(connection)}) {
    const int type = event->response_type & 0x7f;
    if (type == XCB_SELECTION_REQUEST) source.give(reinterpret_cast<xcb_selection_request_event_t&>(*event), uris);
    if (type == XCB_CLIENT_MESSAGE) {
      const auto& message = reinterpret_cast<xcb_client_message_event_t&>(*event);
      if (message.type == atom("XdndFinished")) return message.data.data32[1] == 1;
      if (message.type == atom("XdndStatus") && (message.data.data32[1] & 1) == 0) return false;
      if (!dropped) source.send("XdndDrop", 0, 0, 0);
      dropped = true;
    }
  }
  return false;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) return 2;
  connection = xcb_connect(nullptr, nullptr);
  if (xcb_connection_has_error(connection)) return 2;
  const xcb_window_t root = xcb_setup_roots_iterator(xcb_get_setup(connection)).data->root;
  const Source source{xcb_generate_id(connection), find_target(root)};
  if (source.target == 0) return std::puts("no window takes drops"), 1;
  xcb_create_window(connection, 0, source.window, root, 0, 0, 1, 1, 0, XCB_WINDOW_CLASS_INPUT_OUTPUT,
                    XCB_COPY_FROM_PARENT, 0, nullptr);
  xcb_set_selection_owner(connection, source.window, atom("XdndSelection"), XCB_CURRENT_TIME);
  const auto asked = xcb_translate_coordinates(connection, source.target, root, std::int16_t(std::atoi(argv[2])),
                                               std::int16_t(std::atoi(argv[3])));
  const Reply<xcb_translate_coordinates_reply_t> place(xcb_translate_coordinates_reply(connection, asked, nullptr));
  if (!place) return 2;
  source.send("XdndEnter", 5u << 24, atom("text/uri-list"), 0);
  const std::uint32_t x = std::uint16_t(place->dst_x), y = std::uint16_t(place->dst_y);
  source.send("XdndPosition", 0, x << 16 | y, atom("XdndActionCopy"));
  return drop(source, std::string(argv[1]) + "\r\n") ? 0 : 1;
}
