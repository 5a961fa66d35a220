import CEmbeddedDigits
import KobaiFiles

extension Dataset {
  /// The name of the digits that are part of the program.
  package static let embeddedName = "embedded digits"

  /// The digits that are part of the program: 4,000 to train and 1,000 to test, all from MNIST's training set.
  public static func embedded() throws(FileError) -> Dataset {
    let name = embeddedName
    func set(_ images: kobai_file, _ labels: kobai_file) throws(FileError) -> ImageSet {
      func file(_ file: kobai_file, _ content: IDXHeader.Content) throws(FileError) -> IDX {
        try IDX(unsafe [UInt8](UnsafeBufferPointer(start: file.bytes, count: file.count)), content, path: name)
      }
      return try unsafe ImageSet(
        images: file(images, .images), labels: file(labels, .labels).labels(path: name), paths: (name, name))
    }
    return try unsafe Dataset(
      name: name, train: set(kobai_train_images(), kobai_train_labels()),
      test: set(kobai_test_images(), kobai_test_labels()), path: name)
  }
}
