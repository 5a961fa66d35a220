import KobaiScratch

/// Two apples at 100 with 10 % tax: 220. What does a change of each number do to the price?
public struct BuyApple: Experiment {
  public let about = About(
    "ch05/buy-apple", .simpleLayers, en: "Apples: the price and its gradients", ja: "リンゴの買い物：支払金額と各変数に関する微分")
  public init() {}

  public func run(_ lab: Lab) throws -> Outcome {
    let (appleLayer, taxLayer) = (MulLayer(), MulLayer())
    let applePrice = appleLayer.forward(100, 2)
    let price = taxLayer.forward(applePrice, 1.1)
    let (dApplePrice, dTax) = taxLayer.backward(1)
    let (dApple, dCount) = appleLayer.backward(dApplePrice)
    lab.say(en: "price: \(Int(price))", ja: "支払金額：\(Int(price))")
    lab.say(en: "dApple: \(dApple)", ja: "リンゴの値段に関する微分：\(dApple)")
    lab.say(en: "dApple_num: \(Int(dCount))", ja: "リンゴの個数に関する微分：\(Int(dCount))")
    lab.say(en: "dTax: \(Int(dTax))", ja: "消費税に関する微分：\(Int(dTax))")
    return Outcome(["price": [price], "gradients": [dApple, dCount, dTax]])
  }
}
