import Foundation
import KobaiTextbook

/// The language of help and errors: what `--language` says, else what LANG does. It is needed before the options are parsed.
let speech: Language = {
  let arguments = CommandLine.arguments
  let said = arguments.indices.compactMap { i -> String? in
    if arguments[i] == "--language" && i + 1 < arguments.count { return arguments[i + 1] }
    return arguments[i].hasPrefix("--language=") ? String(arguments[i].dropFirst("--language=".count)) : nil
  }
  return said.last.flatMap(Language.init(rawValue:)) ?? Language.from(environment: ProcessInfo.processInfo.environment)
}()

/// Words of a help text or an error.
func words(en: String, ja: String) -> String { Words(en: en, ja: ja)(speech) }

/// What ArgumentParser and KobaiCommand say of their own, in the language of the command.
func translated(_ text: String) -> String { speech == .ja ? parserInJapanese(text) : text }

/// What went wrong, in the language of the command.
func inLanguageOfReader(_ error: any Error) -> String { speech == .ja ? inJapanese(error) : "\(error)" }

/// A line about the data, in the language of the command.
func inLanguageOfReader(_ note: String) -> String { speech == .ja ? inJapanese(note) ?? note : note }
