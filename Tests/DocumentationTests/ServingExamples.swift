import Kobai
import KobaiData
import KobaiImages
import KobaiInference

enum ServingExamples {
  static func save(_ network: Network, _ path: String) throws {
    let names = try ClassNames(["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"])
    let card = ModelCard(input: network.input, classNames: names, normalization: .mnist)
    try network.save(to: path, metadata: card.metadata)
  }

  static func predict(_ path: String, _ picture: Picture) throws -> Model.Prediction {
    let model = try Model(contentsOf: path)
    let prediction = try model.predict(picture)
    for candidate in prediction.ranking.prefix(3) { print(candidate.name, candidate.probability) }
    return prediction
  }

  static func manyTasks(_ path: String, _ requests: [Picture]) async throws -> [Int: Float] {
    let model = try Model(contentsOf: path)
    let probabilities = try await withThrowingTaskGroup(of: (Int, Float).self) { group in
      for i in requests.indices {
        group.addTask { (i, try model.predict(requests[i]).best?.probability ?? 0) }
      }
      return try await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
    }
    return probabilities
  }

  static func reload(_ path: String, _ picture: Picture) throws -> Model.Prediction {
    let served = try ReloadableModel(contentsOf: path)
    let watcher = Task { await served.watch(every: .seconds(1)) { print($0) } }
    let prediction = try served.current.predict(picture)
    watcher.cancel()
    return prediction
  }

  // As they stand in comments and on the module's page.

  static func file() throws -> Float {
    let model = try Model(contentsOf: "digits.safetensors")
    let prediction = try model.predict(contentsOf: "photo.png")
    print(prediction.best?.name ?? "", prediction.best?.probability ?? 0)
    return prediction.best?.probability ?? 0
  }

  static func best() throws -> Model {
    let model = try Model(contentsOf: "digits.safetensors")
    print(try model.predict(contentsOf: "photo.png").best?.name ?? "")
    return model
  }

  static func card(_ network: Network) throws -> Model {
    let card = ModelCard(input: [1, 28, 28], classNames: ClassNames(count: 10), normalization: .mnist)
    try network.save(to: "digits.safetensors", metadata: card.metadata)
    let model = try Model(contentsOf: "digits.safetensors")
    return model
  }

  static func served() throws -> Model.Prediction {
    let served = try ReloadableModel(contentsOf: "model.safetensors")
    Task { await served.watch { print($0) } }
    let prediction = try served.current.predict(contentsOf: "photo.png")
    return prediction
  }

  static func frozen(_ pixels: [Float]) throws -> [Float] {
    let model = try FrozenNetwork(contentsOf: "model.safetensors")
    let logits = try model.predict(pixels)  // from any task
    return logits
  }
}
