#include "manual.hpp"

#include <CLI/CLI.hpp>
#include <sstream>
#include <vector>

#include <atrous/version.hpp>

#include "text.hpp"

namespace cli {
namespace {

std::vector<const CLI::App*> commands_of(const CLI::App& program) {
  return program.get_subcommands([](const CLI::App*) { return true; });
}

// Those that are shown, positional or not.
std::vector<const CLI::Option*> options_of(const CLI::App& command, bool positional) {
  return command.get_options([positional](const CLI::Option* option) {
    return !option->get_group().empty() && option->get_positional() == positional;
  });
}

bool takes_value(const CLI::Option& option) {
  return option.get_expected_max() > 0;
}

// Man pages: what begins a line with a dot or a quote, and hyphens that are to be typed, are marked.
std::string roff(const std::string& text) {
  std::string result = replaced(replaced(text, "\\", "\\\\"), "-", "\\-");
  result = replaced(replaced(result, "\n.", "\n\\&."), "\n'", "\n\\&'");
  return !result.empty() && (result[0] == '.' || result[0] == '\'') ? "\\&" + result : result;
}

// Text whose lines are to stand as they are.
std::string roff_lines(const std::string& text) {
  return ".nf\n" + roff(text) + "\n.fi\n";
}

void man_option(std::ostream& page, const CLI::Option& option) {
  page << ".TP\n.B " << roff(replaced(option.get_name(option.get_positional(), true), ",", ", "));
  if (!option.get_positional() && takes_value(option)) page << " \\fI" << roff(option.get_type_name()) << "\\fR";
  page << "\n" << roff(option.get_description());
  if (!option.get_default_str().empty()) page << " (" << roff(option.get_default_str()) << " unless given)";
  page << "\n";
}

void man_command(std::ostream& page, const CLI::App& command) {
  page << ".SS atrous " << command.get_name();
  for (const CLI::Option* option : options_of(command, true)) page << " \\fI" << option->get_name(true) << "\\fR";
  page << " [\\fIOPTIONS\\fR]\n" << roff(command.get_description()) << ".\n";
  for (const bool positional : {true, false}) {
    for (const CLI::Option* option : options_of(command, positional)) man_option(page, *option);
  }
  page << ".PP\n" << roff_lines(command.get_footer());
}

std::string man(const CLI::App& program) {
  std::ostringstream page;
  page << ".TH ATROUS 1 \"\" \"atrous " << atrous::version() << "\" \"User Commands\"\n"
       << ".SH NAME\natrous \\- run WaveNets: effects and generated sound\n"
       << ".SH SYNOPSIS\n.B atrous\n\\fICOMMAND\\fR [\\fIOPTIONS\\fR]\n"
       << ".SH DESCRIPTION\n"
       << roff(program.get_description()) << "\n.SH COMMANDS\n";
  for (const CLI::App* command : commands_of(program)) man_command(page, *command);
  page << ".SH NOTES\n" << roff_lines(program.get_footer());
  return page.str();
}

std::string long_names(const CLI::App& command) {
  std::string names;
  for (const CLI::Option* option : options_of(command, false)) {
    for (const std::string& name : option->get_lnames()) names += (names.empty() ? "--" : " --") + name;
  }
  return names;
}

std::string bash(const CLI::App& program) {
  std::ostringstream script;
  std::string names;
  for (const CLI::App* command : commands_of(program)) names += (names.empty() ? "" : " ") + command->get_name();
  script << "# bash completion of atrous\n_atrous() {\n"
         << "  local word=${COMP_WORDS[COMP_CWORD]} options=\n"
         << "  if [ \"$COMP_CWORD\" = 1 ]; then\n"
         << "    COMPREPLY=($(compgen -W '" << names << " help --help --version' -- \"$word\"))\n    return\n  fi\n"
         << "  case ${COMP_WORDS[1]} in\n"
         << "    help) options='" << names << "' ;;\n";
  for (const CLI::App* command : commands_of(program)) {
    script << "    " << command->get_name() << ") options='" << long_names(*command) << "' ;;\n";
  }
  script << "  esac\n"
         << "  if [ \"${COMP_WORDS[1]}\" = help ] || [[ $word == -* ]]; then\n"
         << "    COMPREPLY=($(compgen -W \"$options\" -- \"$word\"))\n"
         << "  else\n    COMPREPLY=($(compgen -f -- \"$word\"))\n  fi\n}\n"
         << "complete -o filenames -F _atrous atrous\n";
  return script.str();
}

// In single quotes.
std::string quoted(const std::string& text) {
  return "'" + replaced(text, "'", "'\\''") + "'";
}

std::string zsh(const CLI::App& program) {
  std::ostringstream script;
  script << "#compdef atrous\n\nlocal -a commands\ncommands=(\n";
  for (const CLI::App* command : commands_of(program)) {
    script << "  " << quoted(command->get_name() + ":" + command->get_description()) << "\n";
  }
  script << ")\n\nif (( CURRENT == 2 )); then\n  _describe command commands\n  return\nfi\n\ncase $words[2] in\n"
         << "  help) _describe command commands ;;\n";
  for (const CLI::App* command : commands_of(program)) {
    script << "  " << command->get_name() << ")\n    _arguments \\\n";
    for (const CLI::Option* option : options_of(*command, false)) {
      std::string text = replaced(replaced(option->get_description(), "[", "("), "]", ")");
      text = "[" + replaced(text, ":", "\\:") + "]" + (takes_value(*option) ? ":value:_files" : "");
      for (const std::string& name : option->get_lnames()) script << "      " << quoted("--" + name + text) << " \\\n";
    }
    script << "      '*:file:_files' ;;\n";
  }
  script << "esac\n";
  return script.str();
}

std::string fish(const CLI::App& program) {
  const auto text = [](const std::string& words) {
    return "'" + replaced(replaced(words, "\\", "\\\\"), "'", "\\'") + "'";
  };
  std::ostringstream script;
  for (const CLI::App* command : commands_of(program)) {
    script << "complete -c atrous -n __fish_use_subcommand -f -a " << command->get_name() << " -d "
           << text(command->get_description()) << "\n";
    for (const CLI::Option* option : options_of(*command, false)) {
      for (const std::string& name : option->get_lnames()) {
        script << "complete -c atrous -n '__fish_seen_subcommand_from " << command->get_name() << "' -l " << name
               << (takes_value(*option) ? " -r" : "") << " -d " << text(option->get_description()) << "\n";
      }
    }
  }
  return script.str();
}

}  // namespace

std::string manual(const CLI::App& program, const std::string& kind) {
  if (kind == "man") return man(program);
  if (kind == "bash") return bash(program);
  if (kind == "zsh") return zsh(program);
  return fish(program);
}

}  // namespace cli
