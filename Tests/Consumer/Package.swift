// swift-tools-version: 6.2
import PackageDescription

// A package of somebody else's that uses Kobai as a library, by a version. `run`, beside this file, says which.
guard let repository = Context.environment["KOBAI_REPOSITORY"] else {
  fatalError("KOBAI_REPOSITORY must be the path of a clone of Kobai with a version tag; Tests/Consumer/run makes one")
}

let package = Package(
  name: "consumer",
  dependencies: [.package(url: repository, from: "1.0.0", traits: [])],
  targets: [
    .executableTarget(
      name: "consumer",
      dependencies: ["KobaiFiles", "KobaiKernels", "KobaiData", "Kobai", "KobaiTraining"].map {
        .product(name: $0, package: "kobai")
      })
  ])
