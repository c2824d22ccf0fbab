// Where a file of a session is today: sessions move from folder to folder, and from one machine to another.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace plugin {

// `path` itself where it is there. Else the longest end of it, from whole folders down to the bare name, that is under
// one of the `bases`, the first before the others.
std::optional<std::string> find_file(const std::string& path, const std::vector<std::string>& bases);

// Where to look: the host's working folder and the two above it, the folders of $ATROUS_PATH (separated by colons), the
// user's data folder for Atrous, and the home folder.
std::vector<std::string> usual_bases();

// ".wav" and the like, in small letters.
bool has_extension(const std::string& path, const std::vector<std::string>& extensions);

// The file `steps` further in its own folder, wherever a link to it is, among those of the same kind, by name, round
// and round. Nothing where there is none.
std::optional<std::string> neighbour(const std::string& path, int steps, const std::vector<std::string>& extensions);

}  // namespace plugin
