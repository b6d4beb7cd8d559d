const spaces =
  'xmlns:xnat="http://nrg.wustl.edu/xnat" xmlns:prov="http://www.nbirn.net/prov" ' +
  'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
const declaration = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'

/** A project document with a principal investigator and keywords. */
export const projectXml = (
  id: string,
  attributes = '',
): string => `${declaration}<xnat:Project ID="${id}" ${attributes} ${spaces}>
    <xnat:name>${id} title</xnat:name>
    <xnat:description>A project written as a document.</xnat:description>
    <xnat:keywords>test keywords</xnat:keywords>
    <xnat:PI>
        <xnat:title>Dr.</xnat:title>
        <xnat:firstname>Ada</xnat:firstname>
        <xnat:lastname>Byron</xnat:lastname>
        <xnat:institution>Analytical Institute</xnat:institution>
        <xnat:department>Engines</xnat:department>
        <xnat:email>ada@x.example</xnat:email>
    </xnat:PI>
</xnat:Project>`

/** A subject document; `demographics` are the elements inside the demographics. */
export const subjectXml = (
  attributes: string,
  demographics: string,
): string => `${declaration}<xnat:Subject ${attributes} ${spaces}>
    <xnat:demographics xsi:type="xnat:demographicData">
        ${demographics}
    </xnat:demographics>
</xnat:Subject>`

/** A subject document that holds an MR session. */
export const subjectWithSessionXml = (project: string, label: string, session: string): string =>
  `${declaration}<xnat:Subject ID="" project="${project}" label="${label}" ${spaces}>
    <xnat:experiments>
        <xnat:experiment ID="" project="${project}" label="${session}" xsi:type="xnat:mrSessionData">
            <xnat:date>2001-02-03</xnat:date>
        </xnat:experiment>
    </xnat:experiments>
</xnat:Subject>`

/** An MR session document with two scans; `elements` are written before the scans. */
export const mrSessionXml = (
  attributes: string,
  elements: string,
): string => `${declaration}<xnat:MRSession ${attributes} ${spaces}>
    ${elements}
    <xnat:scans>
        <xnat:scan ID="1" type="MPRAGE" xsi:type="xnat:mrScanData">
            <xnat:quality>usable</xnat:quality>
        </xnat:scan>
        <xnat:scan ID="2" type="BOLD" xsi:type="xnat:mrScanData">
            <xnat:quality>usable</xnat:quality>
        </xnat:scan>
    </xnat:scans>
    <xnat:coil>test</xnat:coil>
    <xnat:marker>test</xnat:marker>
    <xnat:stabilization>test</xnat:stabilization>
</xnat:MRSession>`

/** A manual quality assessment of scans 4 and 5. */
export const manualQcXml = (
  attributes: string,
): string => `${declaration}<xnat:QCManualAssessment ${attributes} ${spaces}>
    <xnat:imageSession_ID/>
    <xnat:rater>The Radiologist</xnat:rater>
    <xnat:incidentalFindings>there are some lesions</xnat:incidentalFindings>
    <xnat:scans>
        <xnat:scan xsi:type="xnat:mrQcScanData">
            <xnat:imageScan_ID>4</xnat:imageScan_ID>
            <xnat:coverage>all</xnat:coverage>
            <xnat:comments>hello world</xnat:comments>
            <xnat:pass>1</xnat:pass>
            <xnat:wrap>lots of wrap</xnat:wrap>
            <xnat:susceptibility>4</xnat:susceptibility>
        </xnat:scan>
        <xnat:scan xsi:type="xnat:mrQcScanData">
            <xnat:imageScan_ID>5</xnat:imageScan_ID>
            <xnat:coverage>all</xnat:coverage>
            <xnat:comments>steak</xnat:comments>
            <xnat:pass>1</xnat:pass>
        </xnat:scan>
    </xnat:scans>
    <xnat:comments>This is a test comment</xnat:comments>
    <xnat:pass>1</xnat:pass>
    <xnat:payable>1</xnat:payable>
</xnat:QCManualAssessment>`

/** An automatic quality assessment with the record of the program that made it. */
export const provenQcXml = (attributes: string, session: string, timestamp: string): string =>
  `${declaration}<xnat:QCAssessment ${attributes} ${spaces}>
    <xnat:imageSession_ID>${session}</xnat:imageSession_ID>
    <xnat:provenance>
        <prov:processStep>
            <prov:program arguments="-s -all" version="">recon-all -all</prov:program>
            <prov:timestamp>${timestamp}</prov:timestamp>
            <prov:cvs/>
            <prov:user>1</prov:user>
            <prov:machine>cube</prov:machine>
            <prov:platform>linux</prov:platform>
        </prov:processStep>
    </xnat:provenance>
</xnat:QCAssessment>`

/** A project document with an external entity. */
export const doctypeXml = `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE xnat:Project [
  <!ENTITY ext SYSTEM "file:///etc/hostname">
]>
<xnat:Project xmlns:xnat="http://nrg.wustl.edu/xnat" ID="DOCT" secondary_ID="DOCT">
  <xnat:name>&ext;</xnat:name>
</xnat:Project>`
