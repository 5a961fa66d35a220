import Foundation

/// Help and errors of ArgumentParser in Japanese. The parser has no translations: its sentences are found by what they
/// say in English. Names of values stay as they are, for the parser counts letters to align columns, and Japanese ones
/// are twice as wide.
func parserInJapanese(_ text: String) -> String {
  phrases.reduce(text) { text, phrase in
    text.replacingOccurrences(of: phrase.english, with: phrase.japanese, options: .regularExpression)
  }
}

/// Regular expressions of the parser's phrases, and what stands for them.
private let phrases: [(english: String, japanese: String)] = [
  ("(?m)^OVERVIEW: ", "概要: "), ("(?m)^USAGE: ", "使い方: "), ("(?m)^Usage: ", "使い方: "),
  ("(?m)^ARGUMENTS:", "引数:"), ("(?m)^OPTIONS:", "オプション:"), ("(?m)^SUBCOMMANDS:", "サブコマンド:"),

  ("\\(values: ", "(値: "),
  ("\\(default: ", "(既定値: "),
  ("Show help information\\.", "このヘルプを表示する。"),
  ("Show subcommand help information\\.", "サブコマンドのヘルプを表示する。"),
  ("See '(.+)' for detailed help\\.", "詳しくは「$1」を参照。"),
  ("interrupted; nothing is left half written", "中断しました。書きかけのファイルは残っていません"),
  ("^error: ", "エラー："), (" \\((\\S+) --help shows the options\\)", "（オプションの一覧は $1 --help）"),
  ("Unknown option '(.+?)'", "「$1」というオプションはありません"),
  ("Unexpected argument '(.+?)'", "余分な引数「$1」があります"),
  ("(\\d+) unexpected arguments: '(.+)'", "余分な引数が$1個あります：「$2」"), ("', '", "」「"),
  ("Missing value for '(.+?)'", "「$1」の値がありません"),
  ("Missing expected argument '(.+?)'", "「$1」を指定してください"),
  ("The option '(.+?)' does not take any value, but '(.*?)' was specified\\.", "「$1」は値をとりません（「$2」が指定されています）"),
  ("The value '(.*?)' is invalid for '(.+?)'", "「$2」に値「$1」は指定できません"),
  ("Invalid option: (\\S+)", "「$1」というオプションはありません"),
  ("\\. Did you mean '(.+?)'\\?", "。「$1」のことですか？"),
  ("\\. Please provide one of '(.+?)' and '(.+?)'\\.", "。指定できる値：「$1」「$2」"),
  ("\\s+or: 「", "。または「"),
  ("」の値がありません in '(.+?)'", "」の値がありません（「$1」の中）"),
  ("Can't autodetect a supported shell\\.", "補完スクリプトを作るシェルを特定できません。"),
  ("Can't generate completion scripts for '(.+?)'\\.", "「$1」の補完スクリプトは作れません。"),
  (
    " ?Please use --generate-completion-script=<shell> with one of:\\s+(.+?)(?=（|$)",
    "--generate-completion-script=<shell>に次のどれかを指定してください：$1"
  ),
]
