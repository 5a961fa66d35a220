#if !ONNX
  #error("KobaiONNX is behind a trait of Kobai's: .package(url: …, from: …, traits: [\"ONNX\"])")
#endif
