internal import Binlog

/// Which of a registry's table maps have been found to fit the target's tables.
struct FittingMaps {
    private var isFitting: [Bool] = []
    private var generation = 0

    func contains(_ handle: TableMapRegistry.Handle, _ generation: Int) -> Bool {
        generation == self.generation && handle.slot < isFitting.count && isFitting[handle.slot]
    }

    mutating func insert(_ handle: TableMapRegistry.Handle, _ generation: Int) {
        if generation != self.generation {
            isFitting.removeAll(keepingCapacity: true)
            self.generation = generation
        }
        while isFitting.count <= handle.slot { isFitting.append(false) }
        isFitting[handle.slot] = true
    }
}
