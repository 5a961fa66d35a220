// Epoch records and confusion matrices are part of this module's interface: whoever imports it has them.
@_exported import KobaiMetrics
