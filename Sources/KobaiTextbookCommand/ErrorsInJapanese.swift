import Foundation
import Kobai
import KobaiData
import KobaiFiles
import KobaiKernels
import KobaiTextbook
import KobaiTraining

// The libraries say what went wrong in English, as the system does. Here stand the same sentences in Japanese, for a
// command that speaks it.

/// What went wrong, in Japanese: "path：reason". What is not known stays in English.
func inJapanese(_ error: any Error) -> String {
  func line(_ subject: String, _ reason: String) -> String { "\(subject)：\(inJapanese(reason) ?? reason)" }
  switch error {
  case let error as TextbookError: return error.words(.ja)
  case let error as FileError: return line(streams[error.path] ?? error.path, error.reason)
  case let error as BuildError: return line(error.layer, error.reason)
  case KernelError.invalid(let kernel, let reason): return line(kernel, reason)
  case KernelError.count(let kernel, let argument, let needed, let given):
    return "\(kernel)：\(argument)の要素数は\(given)ですが、\(needed)個必要です"
  case let error as TrainingError: return inJapanese(error)
  default: return inJapanese("\(error)") ?? "\(error)"
  }
}

private let streams = ["standard output": "標準出力", "standard error": "標準エラー出力", "threads": "スレッド"]

private func inJapanese(_ error: TrainingError) -> String {
  switch error {
  case .largeBatches(let size, let limit):
    return "バッチサイズ\(size)は、ネットワークを構築したときの上限\(limit)を超えています"
  case .diverged(let step, let epoch, let kept):
    let weights = kept.map { "重みは\($0)ステップ後のものに戻しました" } ?? "重みは初期値に戻しました"
    return "ステップ\(step)（エポック\(epoch)）で損失が発散しました。\(weights)。学習率を小さくしてください"
  case .noSamples: return "データが1件もありません"
  case .inputs(let shape, let network):
    return "データの入力\(shape)は、ネットワークの入力\(network)と合いません"
  case .targets(_, _, let network), .positions(let network): return "教師データが、ネットワークの出力\(network)と合いません"
  case .loss(let reason, _): return inJapanese(reason) ?? reason
  case .metric(let error): return "\(error)"
  case .task(let task, _): return "教師データの種類が、\(task.name)のものではありません"
  }
}

/// A sentence in Japanese; nil where it is none of the known ones. A list with semicolons is translated part by part.
func inJapanese(_ english: String) -> String? {
  for phrase in errorPhrases {
    guard let pattern = try? Regex(phrase.english), let match = try? pattern.wholeMatch(in: english) else { continue }
    let groups = match.output.map { String($0.substring ?? "") }
    return phrase.japanese.replacing(/([$@])(\d)/) { mark in
      let text = Int(mark.output.2).map { groups[$0] } ?? ""
      return mark.output.1 == "@" ? inJapanese(text) ?? text : text
    }
  }
  let parts = english.components(separatedBy: "; ")
  return parts.count > 1 ? parts.map { inJapanese($0) ?? $0 }.joined(separator: "、") : nil
}
