// `import Kobai` is enough to build and run a network: sizes, activations and the kernels' context come along.
@_exported import KobaiKernels
