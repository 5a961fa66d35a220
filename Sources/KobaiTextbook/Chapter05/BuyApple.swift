import KobaiScratch

/// Two apples at 100 with 10 % tax: 220. What does a change of each number do to the price?
public struct BuyApple: Experiment {
  public let about = About(
    "ch05/buy-apple", .multiplicationLayer, en: "Apples: the price and its gradients", ja: "リンゴの買い物：支払金額と各変数に関する微分")
  @Setting("apple", in: 0...100_000, en: "price of an apple", ja: "リンゴ1個の値段") var apple = 100.0
  @Setting("apple_num", in: 0...1000, en: "number of apples", ja: "リンゴの個数") var appleNum = 2.0
  @Setting("tax", in: 1...2, en: "price with tax, as a multiple", ja: "消費税の倍率（10 % なら 1.1）") var tax = 1.1
  public init() {}

  public func run(_ lab: Lab) throws -> Outcome {
    let (appleLayer, taxLayer) = (MulLayer(), MulLayer())
    let applePrice = appleLayer.forward(apple, appleNum)
    let price = taxLayer.forward(applePrice, tax)
    let (dApplePrice, dTax) = taxLayer.backward(1)
    let (dApple, dCount) = appleLayer.backward(dApplePrice)
    lab.say(en: "price: \(price.rounded10)", ja: "支払金額：\(price.rounded10)")
    lab.say(en: "dApple: \(dApple)", ja: "リンゴの値段に関する微分：\(dApple)")
    lab.say(en: "dApple_num: \(dCount.rounded10)", ja: "リンゴの個数に関する微分：\(dCount.rounded10)")
    lab.say(en: "dTax: \(dTax.rounded10)", ja: "消費税に関する微分：\(dTax.rounded10)")
    return Outcome(["price": [price], "gradients": [dApple, dCount, dTax]])
  }
}
