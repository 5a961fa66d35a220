import KobaiData
import KobaiInference

func servingFromManyTasks() async throws {
  let model = try Model(contentsOf: "residual.safetensors")
  let digits = try Dataset.embedded().test
  let correct = try await withThrowingTaskGroup(of: Bool.self) { group in
    for i in 0..<digits.count {
      group.addTask { try model.predict(bytes: digits.pixels(of: i)).best?.label == Int(digits.labels[i]) }
    }
    return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
  }
  print("accuracy", Double(correct) / Double(digits.count))
}
