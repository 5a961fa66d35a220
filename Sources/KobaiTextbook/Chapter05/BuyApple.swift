import KobaiScratch

/// Two apples at 100 with 10 % tax: 220. What does a change of each number do to the price?
public struct BuyApple: Experiment {
  public let about = About(
    "ch05/buy-apple", .simpleLayers, en: "Apples: the price and its gradients", ja: "リンゴの買い物：値段と各変数の微分")
  public init() {}

  public func run(_ lab: Lab) throws -> Outcome {
    let (appleLayer, taxLayer) = (MulLayer(), MulLayer())
    let applePrice = appleLayer.forward(100, 2)
    let price = taxLayer.forward(applePrice, 1.1)
    let (dApplePrice, dTax) = taxLayer.backward(1)
    let (dApple, dCount) = appleLayer.backward(dApplePrice)
    lab.say("price: \(Int(price))")
    lab.say("dApple: \(dApple)")
    lab.say("dApple_num: \(Int(dCount))")
    lab.say("dTax: \(Int(dTax))")
    return Outcome(["price": [price], "gradients": [dApple, dCount, dTax]])
  }
}
