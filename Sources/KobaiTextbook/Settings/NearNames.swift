/// The three names most like a word that is none of them: "near it are lr, steps, x0".
func nearNames(_ word: String, in names: [String]) -> Words {
  let near =
    names.filter { $0.hasSuffix("/" + word) || $0.contains(word) }
    + names.sorted { distance($0, word) < distance($1, word) }
  let distinct = near.reduce(into: [String]()) { if !$0.contains($1) { $0.append($1) } }
  return Words(
    en: "near it \(distinct.count == 1 ? "is" : "are") \(distinct.prefix(3).joined(separator: ", "))",
    ja: "似た名前：\(distinct.prefix(3).joined(separator: "、"))")
}

/// How many letters have to change to make one word of the other (Levenshtein, 1966).
func distance(_ a: String, _ b: String) -> Int {
  let (a, b) = (Array(a), Array(b))
  var row = Array(0...b.count)
  for i in a.indices {
    var diagonal = row[0]
    row[0] = i + 1
    for j in b.indices {
      let change = diagonal + (a[i] == b[j] ? 0 : 1)
      diagonal = row[j + 1]
      row[j + 1] = min(change, row[j] + 1, row[j + 1] + 1)
    }
  }
  return row[b.count]
}
