// swift-tools-version: 6.2
import PackageDescription

// The kernels are optimised in debug builds too: tests and `swift run` without `-c release` stay usable.
// -ffp-contract=off: a multiplication and an addition are fused only where the kernels say so, which is what makes
// their results the same everywhere. -Wno-psabi: vector arguments only ever go to functions that are inlined.
let kernelFlags = ["-O3", "-fopenmp", "-ffp-contract=off", "-fno-math-errno", "-Wall", "-Wextra", "-Wno-psabi"]

let swiftSettings: [SwiftSetting] = [
  .strictMemorySafety(),
  .enableExperimentalFeature("Lifetimes"),  // spans as properties of our own types (SE-0446, SE-0456)
]

let package = Package(
  name: "kobai",
  products: [
    .library(name: "KobaiKernels", targets: ["KobaiKernels"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.5.0")
  ],
  targets: [
    // Bottom up; a target imports only what stands above it here.
    .target(
      name: "CKernels", path: "CKernels", exclude: ["README.md"], sources: ["src"], publicHeadersPath: "include",
      cSettings: [.headerSearchPath("src"), .unsafeFlags(kernelFlags)]),
    .target(name: "KobaiKernels", dependencies: ["CKernels"], swiftSettings: swiftSettings),
  ],
  cLanguageStandard: .c17
)
