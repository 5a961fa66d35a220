import Foundation
import TestSupport

@testable import KobaiImages

/// Whether libjpeg is installed.
let hasLibjpeg: Bool = {
  do {
    _ = try JPEGFile.decode(JPEGFixture.gray, path: "fixture")
    return true
  } catch ImageError.missingJPEGLibrary { return false } catch { return true }
}()
