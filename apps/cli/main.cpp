// `atrous`: a table of commands, and the one place where errors become a line on stderr and an exit code:
// 0; 2 for bad arguments or input, with nothing written; 1 for anything else; 128 + the signal for an interruption.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <iostream>
#include <new>
#include <string>
#include <string_view>
#include <vector>

#include <atrous/error.hpp>

#include "commands.hpp"

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
    {"compare", "How far one sound is from another", cli::add_compare, "atrous compare expected.wav out.wav"},
    {"spectrogram", "A picture of a sound", cli::add_spectrogram, "atrous spectrogram out.wav out.png"},
    {"plot", "A picture of measured numbers", cli::add_plot, "atrous plot data.json out.png"},
};

constexpr int bad_input = 2, failure = 1;

// Prints one line, whatever the message holds (a file name may hold a line break), and returns `code`.
int report(const std::string& command, std::string message, int code) {
  std::replace_if(
      message.begin(), message.end(), [](unsigned char c) { return c < ' ' || c == 127; }, ' ');
  std::cerr << "atrous" << (command.empty() ? "" : " ") << command << ": " << message << "\n";
  return code;
}

int parse_error(const CLI::App& app, const std::string& command, const CLI::ParseError& error) {
  if (error.get_exit_code() == 0) return app.exit(error);  // --help and --version
  const std::string help = command.empty() ? "atrous --help" : "atrous " + command + " --help";
  return report(command, std::string(error.what()) + " (see " + help + ")", bad_input);
}

// The command's name when argv[1] is one, else an empty string.
std::string command_name(int argc, char** argv) {
  if (argc < 2) return {};
  for (const Command& command : commands) {
    if (argv[1] == std::string_view(command.name)) return command.name;
  }
  return {};
}

int run(const std::string& name, const cli::Action& action) {
  try {
    const int code = action();
    if (!std::cout.flush()) return report(name, "cannot write to standard output", failure);
    return code;
  } catch (const atrous::Error& error) {
    return report(name, error.what(), bad_input);
  } catch (const std::bad_alloc&) {
    return report(name, "out of memory", failure);
  } catch (const std::exception& error) {
    return report(name, error.what(), failure);
  }
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Atrous runs WaveNets: real-time effects and generated sound.", "atrous"};
  app.set_version_flag("--version", "atrous " ATROUS_VERSION);
  app.get_formatter()->label("SUBCOMMAND", "COMMAND");
  app.get_formatter()->label("Subcommands", "Commands");
  app.get_formatter()->label("TEXT", "FILE");
  app.footer("'atrous COMMAND --help' has the options of a command and an example.\nExample:\n  " +
             std::string(commands[1].example));

  const std::string name = command_name(argc, argv);
  // CLI11 reads the environment into the options of every command, so each action, which owns them, outlives the
  // parsing.
  std::vector<cli::Action> actions;
  for (const Command& command : commands) {
    CLI::App& subcommand = *app.add_subcommand(command.name, command.summary);
    subcommand.footer("Example:\n  " + std::string(command.example));
    actions.push_back(command.add(subcommand));
  }

  if (argc < 2) return report({}, "which command? (see atrous --help)", bad_input);
  if (name.empty() && argv[1][0] != '-') {
    return report({}, "no command '" + std::string(argv[1]) + "' (see atrous --help)", bad_input);
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return parse_error(app, name, error);
  }
  for (std::size_t i = 0; i < actions.size(); ++i) {
    if (name == commands[i].name) return run(name, actions[i]);
  }
  return report({}, "which command? (see atrous --help)", bad_input);
}
