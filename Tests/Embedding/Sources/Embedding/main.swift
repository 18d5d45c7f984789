// What a tool that embeds the libraries does first: take a position apart and name a failure.
import Binlog
import Recovery

let text = "0-1-42,1-2-7"
guard let position = GTIDPosition(text), position.description == text else {
    preconditionFailure("\(text) is not read back as it was written")
}
for gtid in position.gtids {
    print("domain \(gtid.domainID) is at \(gtid)")
}
let error = RecoveryError(BinlogError(.truncated, "the file ends inside an event", offset: 4711))
print("\(error.code.rawValue): \(error.message)")
