import KobaiScratch

/// Two apples at 100 and three oranges at 150 with 10 % tax: 715.
public struct BuyAppleOrange: Experiment {
  public let about = About(
    "ch05/buy-apple-orange", .simpleLayers, en: "Apples and oranges: the price and its gradients",
    ja: "リンゴとみかんの買い物：支払金額と各変数に関する微分")
  @Setting("apple", in: 0...100_000, en: "price of an apple", ja: "リンゴ1個の値段") var apple = 100.0
  @Setting("apple_num", in: 0...1000, en: "number of apples", ja: "リンゴの個数") var appleNum = 2.0
  @Setting("orange", in: 0...100_000, en: "price of an orange", ja: "みかん1個の値段") var orange = 150.0
  @Setting("orange_num", in: 0...1000, en: "number of oranges", ja: "みかんの個数") var orangeNum = 3.0
  @Setting("tax", in: 1...2, en: "price with tax, as a multiple", ja: "消費税の倍率（10 % なら 1.1）") var tax = 1.1
  public init() {}

  public func run(_ lab: Lab) throws -> Outcome {
    let (appleLayer, orangeLayer, taxLayer) = (MulLayer(), MulLayer(), MulLayer())
    let sumLayer = AddLayer()
    let applePrice = appleLayer.forward(apple, appleNum)
    let orangePrice = orangeLayer.forward(orange, orangeNum)
    let sum = sumLayer.forward(applePrice, orangePrice)
    let price = taxLayer.forward(sum, tax)
    let (dSum, dTax) = taxLayer.backward(1)
    let (dApplePrice, dOrangePrice) = sumLayer.backward(dSum)
    let (dOrange, dOrangeCount) = orangeLayer.backward(dOrangePrice)
    let (dApple, dAppleCount) = appleLayer.backward(dApplePrice)
    lab.say(en: "price: \(price.rounded10)", ja: "支払金額：\(price.rounded10)")
    lab.say(en: "dApple: \(dApple)", ja: "リンゴの値段に関する微分：\(dApple)")
    lab.say(en: "dApple_num: \(dAppleCount.rounded10)", ja: "リンゴの個数に関する微分：\(dAppleCount.rounded10)")
    lab.say(en: "dOrange: \(dOrange)", ja: "みかんの値段に関する微分：\(dOrange)")
    lab.say(en: "dOrange_num: \(dOrangeCount.rounded10)", ja: "みかんの個数に関する微分：\(dOrangeCount.rounded10)")
    lab.say(en: "dTax: \(dTax.rounded10)", ja: "消費税に関する微分：\(dTax.rounded10)")
    return Outcome([
      "price": [price], "gradients": [dApple, dAppleCount, dOrange, dOrangeCount, dTax],
    ])
  }
}
