/// The version of the whole package: the only place that names it.
let lastgoodVersion = "0.1.0"
