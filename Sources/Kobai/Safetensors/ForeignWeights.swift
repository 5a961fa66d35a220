import Foundation
import KobaiFiles

extension FileFormat {
  /// How to convert a file of this format to safetensors, as a single line.
  ///
  /// - Parameters:
  ///   - path: the path of the file.
  ///   - bytes: the contents of the file.
  func conversionToSafetensors(_ path: String, _ bytes: [UInt8]) -> String {
    // In a command for a shell, names with quotes would need more than this line has.
    let isPlain = !path.contains { "'\"\\$`!\n".contains($0) }
    let file = isPlain ? path : "FILE"
    let stem = (file as NSString).deletingPathExtension
    func python(_ lines: String) -> String { "convert it with python3 -c \"\(lines), '\(stem).safetensors')\"" }
    switch self {
    case .pytorch:
      return python(
        "import torch; from safetensors.torch import save_file; "
          + "save_file(torch.load('\(file)', map_location='cpu', weights_only=True)")
    case .npz:
      return python("import numpy; from safetensors.numpy import save_file; save_file(dict(numpy.load('\(file)'))")
    case .onnx:
      return "KobaiONNX reads it with Network(contentsOfONNX:batch:)"
    case .pickle:
      return "save its arrays with safetensors.numpy.save_file where it was made"
    case .npy:
      return "save all arrays by name with safetensors.numpy.save_file"
    case .hdf5, .keras:
      return "save its weights with safetensors.numpy.save_file, in PyTorch's shapes: kernels of convolutions as "
        + "w.transpose(3, 2, 0, 1), those of dense layers as w.T"
    case .tflite, .gguf:
      return "save the weights that it was made from with safetensors.torch.save_file"
    case .lfsPointer:
      let size = String(decoding: bytes.prefix(1024), as: UTF8.self).split(separator: "\n")
        .first { $0.hasPrefix("size ") }?.dropFirst(5)
      return "git lfs pull fetches the weights themselves\(size.map { ", \($0) bytes" } ?? "")"
    case .webPage:
      return "fetch the file itself, not the page about it"
    case .json:
      return "name the .safetensors file that belongs to it"
    case .gzip, .xz, .bzip2, .zstd, .zip:
      return "unpack it with \(unpacker ?? "")"
    }
  }
}
