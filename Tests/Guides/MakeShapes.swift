import Foundation
import Kobai
import KobaiReport

func makeShapes() throws {
  for (folder, count) in [("train", 100), ("test", 50)] {
    for (label, name) in ["circle", "cross", "square"].enumerated() {
      try FileManager.default.createDirectory(atPath: "shapes/\(folder)/\(name)", withIntermediateDirectories: true)
      for i in 0..<count {
        var random = [Float](repeating: 0, count: 3 + 48 * 36)
        let key = RandomKey(seed: UInt64(i), stream: UInt32(label), step: UInt32(count))
        Kernels.default.randomUniform(key, 0..<1, into: random.mutableSpan)
        let (x, y, radius) = (15 + 18 * random[0], 10 + 16 * random[1], 5 + 4 * random[2])
        let pixels = (0..<48 * 36).map { p in
          let (dx, dy) = (abs(Float(p % 48) - x) / radius, abs(Float(p / 48) - y) / radius)
          let isInside = [dx * dx + dy * dy < 1, min(dx, dy) < 0.3 && max(dx, dy) < 1, max(dx, dy) < 0.9][label]
          return UInt8(random[3 + p] * 100 + (isInside ? 150 : 0))
        }
        let file = PNGImage(width: 48, height: 36, gray: pixels).bytes
        try Data(file).write(to: URL(fileURLWithPath: "shapes/\(folder)/\(name)/\(i).png"))
      }
    }
  }
}
