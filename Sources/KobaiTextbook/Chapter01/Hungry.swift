/// The first script: one line of text. Swift, too, runs a file of statements from top to bottom.
public struct Hungry: Experiment {
  public let about = About(
    "ch01/hungry", .scriptFile, en: "The first script: print, in Python and in Swift", ja: "最初のスクリプト：PythonとSwiftのprint"
  )
  @Setting("times", in: 1...20, en: "how often it is printed", ja: "表示する回数") var times = 1
  public init() {}

  public func run(_ lab: Lab) throws -> Outcome {
    lab.say("python3 hungry.py    print(\"I'm hungry!\")")
    lab.say("swift hungry.swift   print(\"I'm hungry!\")")
    lab.say("")
    for _ in 0..<times { lab.say("I'm hungry!") }
    return Outcome(["lines": [Double(times)]])
  }
}
