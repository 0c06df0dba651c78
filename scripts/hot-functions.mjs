// What runs for every packet, the busiest last. The bundles declare these functions in this order behind everything else.

export const HOT_FUNCTIONS = `
fire
tcpWrite pump enqueue
icmpUnreachable udpInput icmpInput
resolverPoll resolverPollAt fsmPoll hostPoll stackPoll tcpPoll linkPoll
tcpRefuse sendSyn resend
linkPollAt stackPollAt hostRearm
linkSend encodeFrame escapeByte escapeInto fcs16Byte
ipv4Prepare ipv4Emit payloadChecksum stackOutput emitHeader emitSegment sendData sendEmpty windowGain windowUpdateDue
waits sumAhead tcpOutput tell stackFlush
dataOf relativeSeq inputTcb takeData inputData measureRtt restoreRto newAck inputAck
findTcb tcpInput ipv4Parse ipInput stackInput
inputControl heard inputFrame resync makeRoom endFrame begin gather unescape foretell findFrames framerInput linkInput readStream
copyOf stripControls unescapeDown moveDown putBytes foldChecksum add sum16 finishSum fcs16Sum wordsOf
putU32 putU16 getU32 getU16 findByte
`
  .trim()
  .split(/\s+/);
