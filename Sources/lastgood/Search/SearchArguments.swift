public import ArgumentParser
public import Recovery
public import Report

// Words of the command line that stand for values of the layers below.

extension MatchOrder: ExpressibleByArgument {}
extension DestructiveKind: ExpressibleByArgument {}
