#include "window/drop_target.hpp"

#include <utility>

#include "window/file_uri.hpp"
#include "window/xcb.hpp"

namespace plugin {

using xcb::Reply;

struct DropTarget::State {
  State(std::uintptr_t parent, Dropped on_drop);
  ~State() { xcb_disconnect(connection); }  // and with it the window

  xcb_atom_t atom(const char* name) { return xcb::atom(connection, name); }
  void take(const xcb_client_message_event_t& message);
  void take(const xcb_selection_notify_event_t& selection);
  void answer(const char* type, std::array<std::uint32_t, 4> data) {
    xcb::send(connection, source, type, {window, data[0], data[1], data[2], data[3]});
  }

  xcb_connection_t* connection;
  Dropped dropped;
  xcb_window_t root = 0, window = 0, source = 0;
  int x = 0, y = 0;  // of the pointer
};

DropTarget::State::State(std::uintptr_t parent, Dropped on_drop)
    : connection(xcb_connect(nullptr, nullptr)), dropped(std::move(on_drop)) {
  const auto above = static_cast<xcb_window_t>(parent);
  const Reply<xcb_get_geometry_reply_t> size(
      xcb_get_geometry_reply(connection, xcb_get_geometry(connection, above), nullptr));
  if (!size) return;
  root = size->root;
  window = xcb_generate_id(connection);
  xcb_create_window(connection, 0, window, above, 0, 0, size->width, size->height, 0, XCB_WINDOW_CLASS_INPUT_ONLY,
                    XCB_COPY_FROM_PARENT, 0, nullptr);
  const std::uint32_t version = 5;
  xcb_change_property(connection, XCB_PROP_MODE_REPLACE, window, atom("XdndAware"), XCB_ATOM_ATOM, 32, 1, &version);
  xcb_map_window(connection, window);
  xcb_flush(connection);
}

void DropTarget::State::take(const xcb_client_message_event_t& message) {
  const std::uint32_t* data = message.data.data32;
  source = data[0];
  if (message.type == atom("XdndPosition")) {
    const auto asked = xcb_translate_coordinates(connection, root, window, std::int16_t(data[2] >> 16),
                                                 std::int16_t(data[2] & 0xffff));
    const Reply<xcb_translate_coordinates_reply_t> place(xcb_translate_coordinates_reply(connection, asked, nullptr));
    if (place) x = place->dst_x, y = place->dst_y;
    answer("XdndStatus", {1, 0, 0, atom("XdndActionCopy")});
  } else if (message.type == atom("XdndDrop")) {
    xcb_convert_selection(connection, window, atom("XdndSelection"), atom("text/uri-list"), atom("ATROUS_DROP"),
                          data[2]);
    xcb_flush(connection);
  }
}

void DropTarget::State::take(const xcb_selection_notify_event_t& selection) {
  std::string uris;
  if (selection.property != XCB_ATOM_NONE) {
    const auto asked =
        xcb_get_property(connection, 1, window, selection.property, XCB_GET_PROPERTY_TYPE_ANY, 0, 1 << 16);
    const Reply<xcb_get_property_reply_t> reply(xcb_get_property_reply(connection, asked, nullptr));
    if (reply && reply->format == 8) {
      uris.assign(static_cast<const char*>(xcb_get_property_value(reply.get())),
                  std::size_t(xcb_get_property_value_length(reply.get())));
    }
  }
  const std::string path = first_file_of(uris);
  path.empty() ? answer("XdndFinished", {}) : answer("XdndFinished", {1, atom("XdndActionCopy"), 0, 0});
  if (!path.empty()) dropped(path, x, y);
}

DropTarget::DropTarget(std::uintptr_t window, Dropped dropped)
    : state_(std::make_unique<State>(window, std::move(dropped))) {}
DropTarget::~DropTarget() = default;

void DropTarget::idle() {
  while (const Reply<xcb_generic_event_t> event{xcb_poll_for_event(state_->connection)}) {
    const int type = event->response_type & 0x7f;
    if (type == XCB_CLIENT_MESSAGE) state_->take(reinterpret_cast<const xcb_client_message_event_t&>(*event));
    if (type == XCB_SELECTION_NOTIFY) state_->take(reinterpret_cast<const xcb_selection_notify_event_t&>(*event));
  }
}

void DropTarget::resize(unsigned width, unsigned height) {
  const std::uint32_t size[] = {width, height};
  if (state_->window == 0) return;
  xcb_configure_window(state_->connection, state_->window, XCB_CONFIG_WINDOW_WIDTH | XCB_CONFIG_WINDOW_HEIGHT, size);
  xcb_flush(state_->connection);
}

}  // namespace plugin
