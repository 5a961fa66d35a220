import KobaiScratch

/// Two apples at 100 and three oranges at 150 with 10 % tax: 715.
public struct BuyAppleOrange: Experiment {
  public let about = About(
    "ch05/buy-apple-orange", .simpleLayers, en: "Apples and oranges: the price and its gradients",
    ja: "リンゴとみかんの買い物：支払金額と各変数に関する微分")
  public init() {}

  public func run(_ lab: Lab) throws -> Outcome {
    let (appleLayer, orangeLayer, taxLayer) = (MulLayer(), MulLayer(), MulLayer())
    let sumLayer = AddLayer()
    let applePrice = appleLayer.forward(100, 2)
    let orangePrice = orangeLayer.forward(150, 3)
    let sum = sumLayer.forward(applePrice, orangePrice)
    let price = taxLayer.forward(sum, 1.1)
    let (dSum, dTax) = taxLayer.backward(1)
    let (dApplePrice, dOrangePrice) = sumLayer.backward(dSum)
    let (dOrange, dOrangeCount) = orangeLayer.backward(dOrangePrice)
    let (dApple, dAppleCount) = appleLayer.backward(dApplePrice)
    lab.say(en: "price: \(Int(price))", ja: "支払金額：\(Int(price))")
    lab.say(en: "dApple: \(dApple)", ja: "リンゴの値段に関する微分：\(dApple)")
    lab.say(en: "dApple_num: \(Int(dAppleCount))", ja: "リンゴの個数に関する微分：\(Int(dAppleCount))")
    lab.say(en: "dOrange: \(dOrange)", ja: "みかんの値段に関する微分：\(dOrange)")
    lab.say(en: "dOrange_num: \(Int(dOrangeCount))", ja: "みかんの個数に関する微分：\(Int(dOrangeCount))")
    lab.say(en: "dTax: \(Int(dTax))", ja: "消費税に関する微分：\(Int(dTax))")
    return Outcome([
      "price": [price], "gradients": [dApple, dAppleCount, dOrange, dOrangeCount, dTax],
    ])
  }
}
