/// A class: what it keeps between calls, an initialiser and methods, in Python and in Swift line by line.
public struct ManClass: Experiment {
  public let about = About(
    "ch01/man", .classes, en: "A class with an initialiser and methods, Swift beside Python",
    ja: "クラスとメソッド：PythonとSwiftの対応")
  @Setting("greetings", in: 1...20, en: "how often the object is greeted", ja: "あいさつする回数") var greetings = 2
  public init() {}

  public func run(_ lab: Lab) throws -> Outcome {
    let width = Self.lines.map(\.python.count).max() ?? 0
    func row(_ left: String, _ right: String) -> String {
      "\(left)\(String(repeating: " ", count: width - left.count))  | \(right)"
    }
    lab.say(row("Python", "Swift"))
    for line in Self.lines { lab.say(row(line.python, line.swift)) }
    lab.say("")

    let man = Man("David")
    lab.say(en: "Initialised: \(man.name)", ja: "初期化しました：\(man.name)")
    for _ in 0..<greetings { lab.say(man.hello()) }
    lab.say(man.goodbye())
    return Outcome(["greetings": [Double(man.count)]])
  }

  private static let lines: [(python: String, swift: String)] = [
    ("class Man:", "class Man {"),
    ("", "  let name: String"),
    ("", "  var count = 0"),
    ("    def __init__(self, name):", "  init(_ name: String) {"),
    ("        self.name = name", "    self.name = name"),
    ("        self.count = 0", "  }"),
    ("    def hello(self):", "  func hello() -> String {"),
    ("        self.count += 1", "    count += 1"),
    ("        return f\"Hello, {self.name}!\"", "    return \"Hello, \\(name)!\""),
    ("", "  }"),
    ("    def goodbye(self):", "  func goodbye() -> String {"),
    ("        return f\"Goodbye, {self.name}!\"", "    \"Goodbye, \\(name)!\""),
    ("", "  }"),
    ("", "}"),
    ("man = Man(\"David\")", "let man = Man(\"David\")"),
    ("print(man.hello())", "print(man.hello())"),
  ]
}

/// The class that the experiment prints.
final class Man {
  let name: String
  private(set) var count = 0

  init(_ name: String) { self.name = name }

  func hello() -> String {
    count += 1
    return "Hello, \(name)!"
  }

  func goodbye() -> String { "Goodbye, \(name)!" }
}
