// What runs for every packet, the busiest last. The bundles declare these functions in this order behind everything else.

export const HOT_FUNCTIONS = `
ringWrite tcpWrite pump
icmpUnreachable udpInput icmpInput icmpParse udpParse
resolverPoll resolverPollAt fsmPoll hostPoll stackPoll tcpPoll linkPoll
refuseSegment sendSyn retransmit probeWindow sendReset
linkPollAt tcpPollAt stackPollAt hostRearm
linkSend encodeFrame escapeByte escapeInto fcs16Byte
ipv4Emit stackOutput tcpHeaderLength tcpEmit emitSegment emitEmpty emit$2 sendData sendAck windowUpdateDue canSendData
tcpOutput tell tcpFlush stackFlush
deliver takeData inputText inputFin inputAck measureRtt restoreRto
tcpInput tcpParse ipv4Parse stackInput
inputControl heard inputFrame$1 inputFrame inputForetold foretell findFrames framerInput linkInput readStream received
copyOf stripControls unescapeInPlace moveDown putBytes pseudoSum foldChecksum add sum16 fcs16 wordsOf
putU32 putU16 getU32 getU16 findByte
`
  .trim()
  .split(/\s+/);
