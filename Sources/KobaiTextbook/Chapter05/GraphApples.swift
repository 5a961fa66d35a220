/// Shopping as a graph: forward the prices, backward what a change of each number does to the total.
public struct GraphApples: Experiment {
  public let about = About(
    "ch05/graph-apples", .computationalGraph, en: "Computational graphs: apples and oranges, step by step",
    ja: "計算グラフ：リンゴとみかんの買い物、1ステップずつ")
  public init() {}

  public func run(_ lab: Lab) throws -> Outcome {
    var outcome = lab.show([BookGraphs.buyApple, BookGraphs.buyAppleOrange])
    outcome.pictures += lab.storyboard(BookGraphs.buyApple) + lab.storyboard(BookGraphs.buyAppleOrange)
    return outcome
  }
}
