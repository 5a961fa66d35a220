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
func translated(_ text: String) -> String {
  guard speech == .ja else { return text }
  return Japanese.phrases.reduce(text) { text, phrase in
    text.replacingOccurrences(of: phrase.english, with: phrase.japanese, options: .regularExpression)
  }
}

private enum Japanese {
  /// Regular expressions of ArgumentParser's phrases, and what stands for them. Names of values stay: translated, they would
  /// move what stands in columns.
  static let phrases: [(english: String, japanese: String)] = [
    ("(?m)^OVERVIEW: ", "概要: "), ("(?m)^USAGE: ", "使い方: "), ("(?m)^Usage: ", "使い方: "),
    ("(?m)^ARGUMENTS:", "引数:"), ("(?m)^OPTIONS:", "オプション:"), ("(?m)^SUBCOMMANDS:", "サブコマンド:"),

    ("\\(values: ", "(値: "),
    ("\\(default: ", "(既定値: "),
    ("Show help information\\.", "このヘルプを表示する。"),
    ("See '(.+)' for detailed help\\.", "詳しくは「$1」を参照。"),
    ("^error: ", "エラー："), (" \\(textbook --help shows the options\\)", "（オプションの一覧は textbook --help）"),
    ("Unknown option '(.+?)'", "「$1」というオプションはありません"),
    ("Unexpected argument '(.+?)'", "余分な引数「$1」があります"),
    ("Missing value for '(.+?)'", "「$1」の値がありません"),
    ("The value '(.*?)' is invalid for '(.+?)'", "「$2」に値「$1」は指定できません"),
    ("\\. Did you mean '(.+?)'\\?", "。「$1」のことですか？"),
    ("\\. Please provide one of (.+?)\\.", "。指定できる値：$1"),
  ]
}
