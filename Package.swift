// swift-tools-version: 6.2
import PackageDescription

// The kernels are optimised in debug builds too: tests and `swift run` without `-c release` stay usable.
// -ffp-contract=off: a multiplication and an addition are fused only where the kernels say so, which is what makes
// their results the same everywhere. -fopenmp goes past the driver, for Apple's refuses it, and no OpenMP library is linked
// (CKernels/src/cpu/openmp.c). -Wno-psabi: vector arguments only ever go to functions that are inlined.
let cFlags = ["-O3", "-Xclang", "-fopenmp", "-ffp-contract=off", "-fno-math-errno", "-Wall", "-Wextra", "-Wno-psabi"]

let swiftSettings: [SwiftSetting] = [
  .strictMemorySafety(),
  .enableExperimentalFeature("Lifetimes"),  // spans as properties of our own types (SE-0446, SE-0456)
]

/// What a target's generated messages are made from.
func messageSources(_ name: String) -> [String] { ["Messages/\(name).proto", "Messages/generate.sh"] }

// Traits that have the commands, and with them all libraries. They enable no other trait: the compiler is told those that are
// enabled, in an order that differs from plan to plan, and would compile everything anew for another order.
let commandTraits: Set = ["Commands", "MPI"]

/// The settings of a target that is behind a trait of its own.
func swiftSettings(behind trait: String) -> [SwiftSetting] {
  swiftSettings + [.define(trait, .when(traits: commandTraits.subtracting([trait])))]
}

// What comes from other packages, each for the trait that needs it.
let argumentParser = Target.Dependency.product(
  name: "ArgumentParser", package: "swift-argument-parser", condition: .when(traits: commandTraits))
func swiftProtobuf(_ trait: String) -> Target.Dependency {
  .product(name: "SwiftProtobuf", package: "swift-protobuf", condition: .when(traits: commandTraits.union([trait])))
}

let package = Package(
  name: "kobai",
  platforms: [.macOS(.v26), .iOS(.v26)],  // on Apple's systems InlineArray is that new
  products: [
    .library(name: "KobaiFiles", targets: ["KobaiFiles"]),
    .library(name: "KobaiKernels", targets: ["KobaiKernels"]),
    .library(name: "KobaiData", targets: ["KobaiData"]),
    .library(name: "Kobai", targets: ["Kobai"]),
    .library(name: "KobaiMetrics", targets: ["KobaiMetrics"]),
    .library(name: "KobaiTraining", targets: ["KobaiTraining"]),
    .library(name: "KobaiReport", targets: ["KobaiReport"]),
    .library(name: "KobaiImages", targets: ["KobaiImages"]),
    .library(name: "KobaiScratch", targets: ["KobaiScratch"]),
    .library(name: "KobaiGraphDrawing", targets: ["KobaiGraphDrawing"]),
    .library(name: "KobaiTuning", targets: ["KobaiTuning"]),
    .library(name: "KobaiTextbook", targets: ["KobaiTextbook"]),
    .library(name: "KobaiTextbookCommand", targets: ["KobaiTextbookCommand"]),
    .library(name: "KobaiONNX", targets: ["KobaiONNX"]),
    .library(name: "KobaiTensorBoard", targets: ["KobaiTensorBoard"]),
    .library(name: "KobaiInference", targets: ["KobaiInference"]),
    .library(name: "KobaiDistributed", targets: ["KobaiDistributed"]),
    .executable(name: "cnn-train", targets: ["cnn-train"]),
    .executable(name: "textbook", targets: ["textbook"]),
    .executable(name: "kernel-bench", targets: ["kernel-bench"]),
  ],
  // A package that uses the libraries alone says `traits: []` and never clones what only these need.
  traits: [
    .trait(name: "Commands", description: "cnn-train, textbook and kernel-bench, and all libraries but MPI's"),
    .trait(name: "ONNX", description: "the library KobaiONNX"),
    .trait(name: "TensorBoard", description: "the library KobaiTensorBoard"),
    .trait(name: "MPI", description: "what Commands has, the library KobaiDistributed and cnn-train --distributed"),
    .default(enabledTraits: ["Commands"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.5.0"),
    .package(url: "https://github.com/onevcat/Rainbow", from: "4.0.0"),
    .package(url: "https://github.com/apple/swift-protobuf", from: "1.39.0", traits: []),
  ],
  targets: [
    // Bottom up; a target imports only what stands above it here.
    .target(
      name: "CKernels", path: "CKernels", exclude: ["README.md"], sources: ["src"], publicHeadersPath: "include",
      cSettings: [.headerSearchPath("src"), .unsafeFlags(cFlags)]),
    // Optimised in debug builds too: every file of weights is hashed.
    .target(name: "KobaiFiles", swiftSettings: swiftSettings + [.unsafeFlags(["-O"])]),
    .target(name: "KobaiPreconditions", swiftSettings: swiftSettings),
    .target(
      name: "KobaiKernels", dependencies: ["CKernels", "KobaiFiles", "KobaiPreconditions"],
      swiftSettings: swiftSettings),
    .target(name: "CImageCodecs", cSettings: [.unsafeFlags(["-Wall", "-Wextra"])]),
    // Optimised in debug builds too: it is loops over millions of pixels.
    .target(
      name: "KobaiImages", dependencies: ["CImageCodecs", "KobaiFiles", "KobaiPreconditions"],
      swiftSettings: swiftSettings + [.unsafeFlags(["-O"])]),
    .systemLibrary(name: "CZlib", providers: [.apt(["zlib1g-dev"]), .brew(["zlib"])]),
    .target(
      name: "CEmbeddedDigits", exclude: ["digits", "make_digits.py"],
      cSettings: [.unsafeFlags(["-Wall", "-Wextra"])]),
    // Optimised in debug builds too: it is loops over millions of bytes.
    .target(
      name: "KobaiData",
      dependencies: [
        "CEmbeddedDigits", "CZlib", "KobaiFiles", "KobaiImages", "KobaiKernels", "KobaiPreconditions",
      ],
      swiftSettings: swiftSettings + [.unsafeFlags(["-O"])]),
    .target(
      name: "Kobai", dependencies: ["KobaiKernels", "KobaiFiles", "KobaiPreconditions"], swiftSettings: swiftSettings),
    // Optimised in debug builds too: metrics are loops over all outputs of every step.
    .target(
      name: "KobaiMetrics", dependencies: ["KobaiPreconditions"],
      swiftSettings: swiftSettings + [.unsafeFlags(["-O"])]),
    .target(
      name: "KobaiTraining",
      dependencies: ["KobaiFiles", "KobaiKernels", "Kobai", "KobaiData", "KobaiMetrics", "KobaiPreconditions"],
      swiftSettings: swiftSettings),
    .target(
      name: "KobaiONNX",
      dependencies: ["Kobai", "KobaiFiles", swiftProtobuf("ONNX")],
      exclude: messageSources("onnx"), swiftSettings: swiftSettings(behind: "ONNX")),
    .target(
      name: "KobaiTensorBoard",
      dependencies: ["KobaiFiles", swiftProtobuf("TensorBoard")],
      exclude: messageSources("event"), swiftSettings: swiftSettings(behind: "TensorBoard")),
    .target(
      name: "KobaiInference",
      dependencies: [
        "Kobai", "KobaiData", "KobaiFiles", "KobaiImages", "KobaiKernels", "KobaiPreconditions", "KobaiTraining",
        .target(name: "KobaiONNX", condition: .when(traits: commandTraits.union(["ONNX"]))),
      ],
      swiftSettings: swiftSettings(behind: "ONNX")),
    // Messages between the processes of a training: nothing of it needs or finds an MPI library unless the trait asks for it.
    .systemLibrary(
      name: "CMPI", pkgConfig: "mpi", providers: [.apt(["libopenmpi-dev", "openmpi-bin"]), .brew(["open-mpi"])]),
    .target(
      name: "CMPICalls", dependencies: [.target(name: "CMPI", condition: .when(traits: ["MPI"]))],
      cSettings: [.unsafeFlags(["-Wall", "-Wextra"]), .define("KOBAI_MPI", .when(traits: ["MPI"]))]),
    .target(name: "KobaiDistributed", dependencies: ["CMPICalls", "Kobai"], swiftSettings: swiftSettings),
    .target(
      name: "KobaiReport", dependencies: ["CZlib", "Kobai", "KobaiData", "KobaiMetrics", "KobaiPreconditions"],
      swiftSettings: swiftSettings),
    // The book's own code in plain Swift, without the kernels. Optimised in debug builds too: it is loops over Doubles.
    .target(
      name: "KobaiScratch", dependencies: ["KobaiPreconditions"],
      swiftSettings: swiftSettings + [.unsafeFlags(["-O"])]),
    .target(
      name: "KobaiGraphDrawing", dependencies: ["KobaiReport", "KobaiScratch"],
      swiftSettings: swiftSettings + [.unsafeFlags(["-O"])]),
    // Optimised in debug builds too: between two trainings, a search factors matrices hundreds of times.
    .target(
      name: "KobaiTuning", dependencies: ["KobaiPreconditions"], swiftSettings: swiftSettings + [.unsafeFlags(["-O"])]),
    // Optimised in debug builds too: what explains how things work does so in plain loops over Doubles.
    .target(
      name: "KobaiTextbook",
      dependencies: [
        "KobaiFiles", "KobaiKernels", "KobaiData", "Kobai", "KobaiPreconditions", "KobaiTraining", "KobaiReport",
        "KobaiScratch", "KobaiGraphDrawing", "KobaiTuning",
      ],
      swiftSettings: swiftSettings + [.unsafeFlags(["-O"])]),
    .target(name: "CStandardStreams", cSettings: [.unsafeFlags(["-Wall", "-Wextra"])]),
    .target(
      name: "KobaiCommand",
      dependencies: [
        "CStandardStreams", "KobaiFiles", argumentParser,
      ],
      swiftSettings: swiftSettings(behind: "Commands")),
    .executableTarget(
      name: "cnn-train",
      dependencies: [
        "Kobai", "KobaiCommand", "KobaiData", "KobaiDistributed", "KobaiFiles", "KobaiImages", "KobaiInference",
        "KobaiKernels", "KobaiONNX", "KobaiReport", "KobaiTensorBoard", "KobaiTraining", "KobaiTuning",
        .product(name: "Rainbow", package: "Rainbow", condition: .when(traits: commandTraits)),
        argumentParser,
      ], swiftSettings: swiftSettings),
    .target(
      name: "KobaiTextbookCommand",
      dependencies: [
        "Kobai", "KobaiCommand", "KobaiData", "KobaiFiles", "KobaiKernels", "KobaiPreconditions", "KobaiTextbook",
        "KobaiTraining",
        argumentParser,
      ], swiftSettings: swiftSettings),
    .executableTarget(name: "textbook", dependencies: ["KobaiTextbookCommand"], swiftSettings: swiftSettings),
    // The documentation's example of a command with an experiment of somebody else's.
    .executableTarget(
      name: "own-textbook", dependencies: ["KobaiReport", "KobaiTextbook", "KobaiTextbookCommand"],
      path: "Tests/OwnTextbook", swiftSettings: swiftSettings),
    // The programs of the documentation's guides, which run beside the same in PyTorch.
    .executableTarget(
      name: "guides", dependencies: ["Kobai", "KobaiData", "KobaiInference", "KobaiReport", "KobaiTraining"],
      path: "Tests/Guides", swiftSettings: swiftSettings),
    .target(name: "CMallocCounter", path: "Tests/CMallocCounter"),
    .target(name: "COneThread", path: "Tests/COneThread", cSettings: [.unsafeFlags(["-Wall", "-Wextra"])]),
    .target(name: "CFaults", path: "Tests/CFaults", cSettings: [.unsafeFlags(["-Wall", "-Wextra"])]),
    .target(
      name: "CBench", dependencies: ["CKernels"], path: "Benchmarks/CBench", cSettings: [.unsafeFlags(cFlags)]),
    .executableTarget(
      name: "kernel-bench",
      dependencies: [
        "KobaiKernels", "Kobai", "KobaiCommand", "KobaiDistributed", "KobaiFiles", "KobaiReport", "CBench",
        "CMallocCounter",
        argumentParser,
      ], path: "Benchmarks/kernel-bench", swiftSettings: swiftSettings),
    // The oracles are plain loops over Doubles: optimised, so that the tests stay quick.
    .target(
      name: "TestSupport", dependencies: ["CFaults", "COneThread", "CZlib", "KobaiKernels"], path: "Tests/TestSupport",
      swiftSettings: swiftSettings + [.unsafeFlags(["-O"])]),
    // The processes of a training as threads.
    .target(name: "ThreadRanks", dependencies: ["Kobai"], path: "Tests/ThreadRanks", swiftSettings: swiftSettings),
    // Random designs, and the network in Double that they are compared with.
    .target(
      name: "DesignFuzzing", dependencies: ["Kobai", "KobaiKernels", "TestSupport"], path: "Tests/DesignFuzzing",
      swiftSettings: swiftSettings + [.unsafeFlags(["-O"])]),
    .testTarget(
      name: "KobaiFilesTests", dependencies: ["KobaiFiles", "TestSupport"],
      swiftSettings: swiftSettings),
    .testTarget(
      name: "KobaiKernelsTests", dependencies: ["KobaiKernels", "TestSupport"], swiftSettings: swiftSettings),
    .testTarget(
      name: "KobaiDataTests", dependencies: ["CZlib", "KobaiFiles", "KobaiKernels", "KobaiData", "TestSupport"],
      swiftSettings: swiftSettings),
    .testTarget(
      name: "KobaiTests", dependencies: ["KobaiFiles", "Kobai", "DesignFuzzing", "TestSupport", "ThreadRanks"],
      swiftSettings: swiftSettings),
    .testTarget(
      name: "KobaiMetricsTests", dependencies: ["KobaiMetrics", "TestSupport"], swiftSettings: swiftSettings),
    .testTarget(
      name: "KobaiTrainingTests",
      dependencies: [
        "KobaiFiles", "KobaiData", "Kobai", "KobaiTraining", "TestSupport", "ThreadRanks", "CMallocCounter",
      ],
      swiftSettings: swiftSettings),
    .testTarget(
      name: "KobaiONNXTests",
      dependencies: ["KobaiData", "KobaiFiles", "Kobai", "KobaiTraining", "KobaiONNX", "DesignFuzzing", "TestSupport"],
      swiftSettings: swiftSettings),
    .testTarget(
      name: "KobaiTensorBoardTests", dependencies: ["KobaiFiles", "KobaiTensorBoard", "TestSupport"],
      swiftSettings: swiftSettings),
    .testTarget(
      name: "KobaiReportTests", dependencies: ["CZlib", "Kobai", "KobaiData", "KobaiReport", "TestSupport"],
      swiftSettings: swiftSettings),
    .testTarget(
      name: "KobaiImagesTests",
      dependencies: [
        "CZlib", "KobaiData", "KobaiFiles", "KobaiImages", "KobaiKernels", "KobaiReport", "TestSupport",
      ],
      swiftSettings: swiftSettings),
    .testTarget(
      name: "KobaiInferenceTests",
      dependencies: [
        "Kobai", "KobaiData", "KobaiFiles", "KobaiImages", "KobaiInference", "KobaiONNX", "KobaiReport",
        "KobaiTraining", "TestSupport",
      ],
      swiftSettings: swiftSettings),
    .testTarget(
      name: "KobaiScratchTests", dependencies: ["Kobai", "KobaiScratch", "TestSupport"],
      swiftSettings: swiftSettings),
    .testTarget(
      name: "KobaiGraphDrawingTests",
      dependencies: ["KobaiGraphDrawing", "KobaiScratch", "KobaiTextbook", "TestSupport"],
      swiftSettings: swiftSettings),
    .testTarget(name: "KobaiTuningTests", dependencies: ["KobaiTuning", "TestSupport"], swiftSettings: swiftSettings),
    .testTarget(
      name: "KobaiTextbookTests",
      dependencies: [
        "KobaiData", "KobaiFiles", "Kobai", "KobaiKernels", "KobaiGraphDrawing", "KobaiReport", "KobaiScratch",
        "KobaiTextbook", "KobaiTextbookCommand", "KobaiTraining", "TestSupport", "textbook",
      ],
      swiftSettings: swiftSettings),
    .testTarget(
      name: "DocumentationTests",
      dependencies: [
        "KobaiKernels", "KobaiData", "Kobai", "KobaiTraining", "KobaiReport", "KobaiScratch", "KobaiTensorBoard",
        "KobaiGraphDrawing", "KobaiTextbook", "KobaiTuning", "KobaiONNX", "KobaiImages", "KobaiInference",
        "KobaiDistributed", "TestSupport", "guides", "own-textbook",
      ], swiftSettings: swiftSettings),
    .testTarget(
      name: "CNNTrainTests",
      dependencies: [
        "cnn-train", "Kobai", "KobaiData", "KobaiFiles", "KobaiInference", "KobaiONNX", "KobaiReport", "KobaiTraining",
        "KobaiTuning", "TestSupport", argumentParser,
      ], swiftSettings: swiftSettings),
    .testTarget(
      name: "KernelBenchTests", dependencies: ["Kobai", "KobaiReport", "kernel-bench", "TestSupport"],
      swiftSettings: swiftSettings),
  ],
  cLanguageStandard: .c2x  // C23: #embed
)

// The fuzzers are built with libFuzzer, which no other build links: Tests/Fuzz/run asks for them. They call cnn-train's
// commands, so it is a library here, whose main function goes by another name.
if Context.environment["KOBAI_FUZZ"] != nil, let command = package.targets.first(where: { $0.name == "cnn-train" }) {
  package.products.removeAll { $0.name == command.name }
  package.targets.removeAll { $0.name == command.name }
  // AddressSanitizer has functions of the system of its own, which C code that is compiled without it does not know of.
  package.targets.first { $0.name == "CFaults" }?.cSettings = [.define("WITHOUT_FAULTS")]
  package.targets += [
    .target(
      name: command.name, dependencies: command.dependencies,
      swiftSettings: swiftSettings + [
        .unsafeFlags(["-parse-as-library", "-Xfrontend", "-entry-point-function-name", "-Xfrontend", "cnn_train_main"])
      ]),
    .executableTarget(
      name: "fuzz",
      dependencies: [
        "cnn-train", "Kobai", "KobaiCommand", "KobaiData", "KobaiFiles", "KobaiImages", "KobaiKernels", "KobaiONNX",
        "KobaiTraining",
        "TestSupport",
      ],
      path: "Tests/Fuzz/Fuzzers", swiftSettings: swiftSettings),
  ]
}
