/// The programs of the guides in KobaiInference's documentation: guides NAME runs one in the folder where it is, which has its data.
@main
enum Guides {
  static func main() async throws {
    switch CommandLine.arguments.last {
    case "FromATableToAPrediction": try fromATableToAPrediction()
    case "CrossValidation": try crossValidation()
    case "MakeShapes": try makeShapes()
    case "PicturesInFolders": try picturesInFolders()
    case "AResidualNetwork": try aResidualNetwork()
    case "Regression": try regression()
    case "AnAutoencoder": try anAutoencoder()
    case "SeveralLabels": try severalLabels()
    case "ServingFromManyTasks": try await servingFromManyTasks()
    case "TransferLearning": try transferLearning()
    default: print("usage: guides NAME, the name of a guide such as AnAutoencoder")
    }
  }
}
