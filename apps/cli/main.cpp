// `atrous`: a table of commands, and the one place where errors become a line on stderr and an exit code (see
// `footer`).
#include <CLI/CLI.hpp>
#include <algorithm>
#include <csignal>
#include <iostream>
#include <new>
#include <optional>
#include <streambuf>
#include <string>
#include <string_view>
#include <vector>

#include <atrous/error.hpp>
#include <atrous/version.hpp>

#include "commands.hpp"
#include "interrupt.hpp"
#include "manual.hpp"
#include "suggestion.hpp"

namespace {

struct Command {
  const char* name;
  const char* summary;
  cli::Action (*add)(CLI::App&);
  const char* example;
};

constexpr Command commands[] = {
    {"info", "What a model is: layers, receptive field, cost", cli::add_info, "atrous info amp.nam"},
    {"process", "Run an effect over an audio file", cli::add_process, "atrous process amp.nam guitar.wav out.wav"},
    {"generate", "Make sound with a generative model", cli::add_generate,
     "atrous generate voice.safetensors out.wav --from speech.wav --seed 7"},
    {"score", "Teacher-forced negative log-likelihood of a sound", cli::add_score,
     "atrous score voice.safetensors speech.wav --json"},
    {"mel", "The features that a model expects of a sound", cli::add_mel,
     "atrous mel speech.wav speech.npy --like voice.safetensors"},
    {"convert", "Rewrite any readable model in the native format", cli::add_convert,
     "atrous convert amp.nam amp.safetensors"},
    {"bench", "How fast a model runs here", cli::add_bench, "atrous bench amp.nam --block 64"},
    {"compare", "How far one sound is from another", cli::add_compare,
     "atrous compare expected.wav out.wav --picture difference.png"},
    {"spectrogram", "A picture of a sound", cli::add_spectrogram,
     "atrous spectrogram out.wav out.png --mel --from 1.5 --to 3"},
};

constexpr int bad_input = 2, failure = 1;

const std::string footer =
    "'atrous COMMAND --help', or 'atrous help COMMAND', has the options of a command and an example.\n"
    "Example:\n  " +
    std::string(commands[1].example) +
    "\nExit codes:\n"
    "  0        done\n"
    "  1        the machine failed: a full disk, no memory\n"
    "  2        bad arguments or input; nothing was written\n"
    "  128 + n  ended by signal n; 'generate' keeps the sound it has made\n"
    "Errors and warnings are lines on standard error, never in colour.";

std::vector<std::string> command_names() {
  std::vector<std::string> names;
  for (const Command& command : commands) names.emplace_back(command.name);
  return names;
}

// Prints one line, whatever the message holds (a file name may hold a line break), and returns `code`.
int report(const std::string& command, std::string message, int code) {
  std::replace_if(
      message.begin(), message.end(), [](unsigned char c) { return c < ' ' || c == 127; }, ' ');
  std::cerr << "atrous" << (command.empty() ? "" : " ") << command << ": " << message << "\n";
  return code;
}

// What was meant by the first argument that `command` does not know, where that is an option.
std::string suggested_option(const CLI::App& command) {
  std::vector<std::string> known;
  for (const CLI::Option* option : command.get_options()) {
    for (const std::string& name : option->get_lnames()) known.push_back("--" + name);
  }
  const std::vector<std::string> extras = command.remaining();
  if (extras.empty() || !extras[0].starts_with("--")) return {};
  return cli::suggestion(extras[0].substr(0, extras[0].find('=')), known);
}

int parse_error(const CLI::App& app, const std::string& command, const CLI::ParseError& error) {
  if (error.get_exit_code() == 0) return app.exit(error);  // --help and --version
  const std::string help = command.empty() ? "atrous --help" : "atrous " + command + " --help";
  const CLI::App& parsed = command.empty() ? app : *app.get_subcommand(command);
  return report(command, error.what() + suggested_option(parsed) + " (see " + help + ")", bad_input);
}

// What stands on the command line, with 'help' and 'help COMMAND' as the options that they stand for.
std::vector<std::string> arguments_of(int argc, char** argv) {
  std::vector<std::string> arguments(argv + 1, argv + argc);
  if (!arguments.empty() && arguments[0] == "help") {
    arguments.erase(arguments.begin());
    arguments.resize(std::min<std::size_t>(arguments.size(), 1));
    arguments.emplace_back("--help");
  }
  return arguments;
}

// Takes in all that is written to it.
class Nowhere : public std::streambuf {
 protected:
  int_type overflow(int_type c) override { return traits_type::not_eof(c); }
};

// While one lives, nothing is said on standard error nor about the files that are written; what a command is asked to
// print, it prints.
class Quiet {
 public:
  Quiet() : err_(std::cerr.rdbuf(&nowhere_)), log_(std::clog.rdbuf(&nowhere_)) {}
  ~Quiet() {
    std::cerr.rdbuf(err_);
    std::clog.rdbuf(log_);
  }
  Quiet(const Quiet&) = delete;
  Quiet& operator=(const Quiet&) = delete;

 private:
  Nowhere nowhere_;
  std::streambuf *err_, *log_;
};

int run(const Command& command, const cli::Action& action, bool quiet) {
  std::clog.rdbuf(std::cout.rdbuf());  // what is said about files that were written
  const std::string name = command.name;
  try {
    std::optional<Quiet> silence;
    if (quiet) silence.emplace();
    const int code = action();
    if (!std::cout.flush()) return report(name, "cannot write to standard output", failure);
    return code;
  } catch (const atrous::Error& error) {
    return report(name, error.what(), bad_input);
  } catch (const std::bad_alloc&) {
    return report(name, "out of memory", failure);
  } catch (const std::exception& error) {
    if (cli::Interrupt::last() == SIGPIPE) return 128 + SIGPIPE;  // nobody reads on, so nobody need be told
    return report(name, error.what(), failure);
  }
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Atrous runs WaveNets: real-time effects and generated sound.", "atrous"};
  app.set_version_flag("--version", "atrous " + std::string(atrous::version()));
  app.get_formatter()->label("SUBCOMMAND", "COMMAND");
  app.get_formatter()->label("Subcommands", "Commands");
  app.get_formatter()->label("TEXT", "FILE");
  app.footer(footer);

  // CLI11 reads the environment into the options of every command, so each action, which owns them, outlives the
  // parsing.
  std::vector<cli::Action> actions;
  bool quiet = false;
  for (const Command& command : commands) {
    CLI::App& subcommand = *app.add_subcommand(command.name, command.summary);
    subcommand.footer("Example:\n  " + std::string(command.example));
    actions.push_back(command.add(subcommand));
    subcommand.add_flag("-q,--quiet", quiet, "Say nothing but errors: no progress, no summary, no warnings");
  }

  // For packagers, so not in the help.
  app.add_option_function<std::string>("--manual",
                                       [&app](const std::string& kind) {
                                         std::cout << cli::manual(app, kind);
                                         throw CLI::Success();
                                       })
      ->check(CLI::IsMember({"man", "bash", "zsh", "fish"}))
      ->group("");

  std::vector<std::string> arguments = arguments_of(argc, argv);
  if (arguments.empty()) return report({}, "which command? (see atrous --help)", bad_input);
  const std::string first = arguments[0];
  const std::vector<std::string> names = command_names();
  const auto found = std::find(names.begin(), names.end(), first);
  if (found == names.end() && !first.starts_with('-')) {
    return report({}, "no command '" + first + "'" + cli::suggestion(first, names) + " (see atrous --help)", bad_input);
  }
  try {
    std::reverse(arguments.begin(), arguments.end());  // as CLI11 takes them
    app.parse(std::move(arguments));
  } catch (const CLI::ParseError& error) {
    return parse_error(app, found == names.end() ? "" : first, error);
  }
  if (found == names.end()) return report({}, "which command? (see atrous --help)", bad_input);
  const auto index = std::size_t(found - names.begin());
  return run(commands[index], actions[index], quiet);
}
