<?xml version="1.0" encoding="UTF-8"?>
<SCL xmlns="http://www.iec.ch/61850/2003/SCL" version="2007" revision="C" release="5">
  <Header id="Example"/>
  <IED name="NEIGHBOUR" engRight="dataflow" owner="other project">
    <AccessPoint name="P1"><Server><Authentication/><LDevice inst="LD0"><LN0 lnClass="LLN0" inst="" lnType="Z"/></LDevice>
    </Server></AccessPoint></IED>
  <DataTypeTemplates><LNodeType id="Z" lnClass="LLN0"/></DataTypeTemplates>
</SCL>
