import KobaiScratch

/// Two apples at 100 and three oranges at 150 with 10 % tax: 715.
public struct BuyAppleOrange: Experiment {
  public let about = About(
    "ch05/buy-apple-orange", .simpleLayers, en: "Apples and oranges: the price and its gradients",
    ja: "リンゴとみかんの買い物：値段と各変数の微分")
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
    lab.say("price: \(Int(price))")
    lab.say("dApple: \(dApple)")
    lab.say("dApple_num: \(Int(dAppleCount))")
    lab.say("dOrange: \(dOrange)")
    lab.say("dOrange_num: \(Int(dOrangeCount))")
    lab.say("dTax: \(Int(dTax))")
    return Outcome([
      "price": [price], "gradients": [dApple, dAppleCount, dOrange, dOrangeCount, dTax],
    ])
  }
}
