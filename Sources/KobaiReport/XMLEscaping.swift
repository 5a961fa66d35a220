/// Text as it stands in XML and HTML, in contents and in attributes.
///
/// It walks over scalars: a `<` may be part of a Character that begins with another scalar, such as U+0600. What XML 1.0 cannot hold (its
/// section 2.2) becomes U+FFFD.
package func xmlEscaped(_ text: String) -> String {
  var result = String.UnicodeScalarView()
  for scalar in text.unicodeScalars {
    switch scalar {
    case "&": result.append(contentsOf: "&amp;".unicodeScalars)
    case "<": result.append(contentsOf: "&lt;".unicodeScalars)
    case ">": result.append(contentsOf: "&gt;".unicodeScalars)
    case "\"": result.append(contentsOf: "&quot;".unicodeScalars)
    case "\t", "\n", "\r": result.append(scalar)
    case "\u{0}"..<" ", "\u{fffe}", "\u{ffff}": result.append("\u{fffd}")
    default: result.append(scalar)
    }
  }
  return String(result)
}
