/// Makes the struct that holds it one that is always passed by its address.
///
/// Swift copies a large struct whole, without being told to, before it calls what only reads it:
/// 700 bytes for each event of a log, a tenth of an inspection's time. A struct whose layout
/// holds an existential is left where it is.
struct AddressOnly: Sendable {
    private let nothing: (any Sendable)? = nil
}
