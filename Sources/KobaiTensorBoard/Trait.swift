#if !TensorBoard
  #error("KobaiTensorBoard is behind a trait of Kobai's: .package(url: …, from: …, traits: [\"TensorBoard\"])")
#endif
