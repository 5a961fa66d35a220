import Foundation

/// The tensors that TensorBoard's plugins take
/// (https://github.com/tensorflow/tensorboard/tree/master/tensorboard/plugins, `summary_v2.py` of each).
extension LogSummary.Value {
  static func scalar(_ value: Float) -> Self {
    .with {
      $0.metadata = .plugin("scalars", .scalar)
      $0.tensor.dtype = .float
      $0.tensor.floatVal = [value]
    }
  }

  /// A row for each bin: lower edge, upper edge, count.
  static func histogram(_ bins: Bins) -> Self {
    .with {
      $0.metadata = .plugin("histograms", .tensor)
      $0.tensor.dtype = .double
      $0.tensor.tensorShape = .sizes(bins.counts.count, 3)
      $0.tensor.doubleVal = bins.counts.enumerated().flatMap { i, count in
        [bins.edges[i], bins.edges[i + 1], Double(count)]
      }
    }
  }

  /// Width and height as text, then the file.
  static func image(_ png: [UInt8], _ size: PNGSize) -> Self {
    .with {
      $0.metadata = .plugin("images", .blobSequence)
      $0.tensor.dtype = .string
      $0.tensor.tensorShape = .sizes(3)
      $0.tensor.stringVal = [Data("\(size.width)".utf8), Data("\(size.height)".utf8), Data(png)]
    }
  }
}

extension LogMetadata {
  fileprivate static func plugin(_ name: String, _ dataClass: DataClass) -> Self {
    .with {
      $0.pluginData.pluginName = name
      $0.dataClass = dataClass
    }
  }
}

extension LogTensorShape {
  fileprivate static func sizes(_ sizes: Int...) -> Self {
    .with { $0.dim = sizes.map { size in .with { $0.size = Int64(size) } } }
  }
}
