#include "window/file_row.hpp"

#include <filesystem>

namespace plugin {

namespace {

constexpr float button = 26, gap = 6, open_width = 64, margin = 14;
constexpr float buttons = 3 * button + open_width + 3 * gap;

std::string name_of(const FileReport& report) {
  const std::string& path = report.playing.empty() ? report.wanted : report.playing;
  return std::filesystem::path(path).stem().string();
}

}  // namespace

FileRow::FileRow(const Area& area, Part part, const char* title, Files& files,
                 std::vector<std::unique_ptr<Control>>& controls)
    : area_(area), part_(part), title_(title) {
  float x = area.x + area.width - margin - buttons;
  const auto add = [&](float width, Sign sign, std::function<void()> action) {
    controls.push_back(std::make_unique<Button>(Area{x, area.y + 12, width, button}, sign, std::move(action)));
    x += width + gap;
  };
  add(button, Sign::previous, [&files, part] { files.step(part, -1); });
  add(button, Sign::next, [&files, part] { files.step(part, 1); });
  add(open_width, Sign::open, [&files, part] { files.browse(part); });
  add(button, Sign::clear, [&files, part] { files.choose(part, ""); });
}

// Shows what plays; the line of a problem, which names the file that does not, stands elsewhere.
void FileRow::draw(Canvas& canvas, const FileReport& report) const {
  canvas.box(area_, style::panel);
  const std::string name = name_of(report);
  const bool missing = report.playing.empty() && !name.empty() && !report.loading;
  const float width = area_.width - 3 * margin - buttons;
  canvas.text({area_.x + margin, area_.y + 8, width, 14}, title_, style::quiet, style::small);
  const std::string shown = name.empty() ? "None" : report.loading ? name + " …" : name;
  const style::Color& ink = missing ? style::problem : name.empty() ? style::quiet : style::text;
  canvas.text({area_.x + margin, area_.y + 24, width, 20}, shown, ink, part_ == model_part ? style::large : 15.0f);
}

}  // namespace plugin
